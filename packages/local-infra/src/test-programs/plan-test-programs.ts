/** What stands on a machine before the tests of the documentation run. */
export interface TestProgramSituation {
  /** Names of the programs that are not there. */
  missing: readonly string[];
  isRoot: boolean;
  hasApt: boolean;
}
export type TestProgramPlan = { do: 'nothing' } | { do: 'install' } | { do: 'go-without'; say: string };

/** Installing changes the machine for everybody, so only root's own package manager does it; a developer is told. */
export function planTestPrograms({ missing, isRoot, hasApt }: TestProgramSituation): TestProgramPlan {
  if (missing.length === 0) return { do: 'nothing' };
  if (isRoot && hasApt) return { do: 'install' };
  return { do: 'go-without', say: withoutLine(missing) };
}

/** @param reason why what was tried did not help */
export const withoutLine = (missing: readonly string[], reason?: string): string =>
  `test programs: no ${missing.join(', ')} here${reason === undefined ? '' : ` (${reason})`}; tests that need them are skipped or fail`;
