/**
 * What one record adds to the volume of its session, when counters are cumulative and records can come twice,
 * late or not at all. `previous` and `next` are the neighbours by record number that are already counted. The
 * total over all records is the same in any order of arrival. A counter below its predecessor's began anew at
 * zero (the agent built its class again).
 */
export function countersAdded(
  previous: number | undefined,
  current: number,
  next: number | undefined,
): number {
  const before = previous ?? 0
  const added = step(before, current)
  return next === undefined ? added : added + step(current, next) - step(before, next)
}

function step(from: number, to: number): number {
  return to >= from ? to - from : to
}
