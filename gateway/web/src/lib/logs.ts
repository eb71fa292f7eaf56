/** A log, as the model speaks of levels, in per cent more or less: exp(log) - 1. */
export const percentOfLog = (log: number) => Math.expm1(log) * 100
