/** Whether a missing program is a failure: on CI it is, elsewhere the test is skipped and says why. */
export const programsAreRequired: boolean = Boolean(process.env["CI"]);
