/**
 * A distribution of netem as `tc` keeps them: `normal`, `pareto`, `paretonormal` and `experimental` are files of iproute2, such as
 * /usr/lib/tc/normal.dist or /usr/lib/x86_64-linux-gnu/tc/normal.dist. Lines with `#` are comments; the samples are decimal.
 * @throws RangeError where there is none, or one that 16 bits do not hold
 */
export function readNetemDistribution(text: string): Int16Array {
  const samples = text.replaceAll(/^#.*$/gm, '').match(/\S+/g) ?? []
  const wrong = samples.find((sample) => !/^-?\d+$/.test(sample) || Int16Array.of(+sample)[0] !== +sample)
  if (wrong !== undefined) throw new RangeError(`not a sample of 16 bits: "${wrong}"`)
  if (samples.length === 0) throw new RangeError('a distribution without samples')
  return Int16Array.from(samples, Number)
}
