/** `ip` and `tc`, one process for many lines: starting processes is what takes time. */
import { spawnSync } from 'node:child_process'

export interface BatchOutcome {
  output: string
  /** Positions of the lines that the kernel refused. */
  refused: ReadonlySet<number>
  complaints: string
}

const refusedLines = { ip: 'link delete sj-nowhere', tc: 'qdisc delete dev sj-nowhere root' } as const

/**
 * Runs lines such as `ip -6 route add ...` in a namespace, first those of `ip`, then of `ip -6`, then of `tc`; a refused line does not
 * stop those after it. @throws Error when a program gave up, as `ip` does at words that it does not know
 */
export function runLines(namespace: string, lines: readonly string[], options: string[] = []): BatchOutcome {
  const refused = new Set<number>()
  let output = ''
  let complaints = ''
  for (const [program, ...family] of [['ip'], ['ip', '-6'], ['tc']] as const) {
    const prefix = [program, ...family, ''].join(' ')
    const own = lines.flatMap((line, position) =>
      line.startsWith(prefix) && (family.length > 0 || !line.startsWith('ip -6 '))
        ? [{ position, words: line.slice(prefix.length) }]
        : [],
    )
    if (own.length === 0) continue
    // The last line is always refused, so that a program which gave up before it is noticed.
    const input = [...own.map(({ words }) => words), refusedLines[program], ''].join('\n')
    const all = ['-n', namespace, ...family, ...options, '-force', '-batch', '-']
    const { stdout, stderr } = spawnSync(program, all, {
      input,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    const numbers = [...stderr.matchAll(/Command failed -:(\d+)/g)].map(([, number]) => Number(number))
    if (numbers.pop() !== own.length + 1) throw new Error(`${program} gave up: ${stderr}\n${input}`)
    output += stdout
    complaints += stderr
    for (const number of numbers) refused.add(own[number - 1]?.position ?? -1)
  }
  return { output, refused, complaints }
}

/** @throws Error when a line is refused */
export function mustRunLines(namespace: string, lines: readonly string[]): void {
  const { refused, complaints } = runLines(namespace, lines)
  if (refused.size > 0) throw new Error(`${complaints}\n${lines.join('\n')}`)
}

/** Makes or deletes namespaces by one process. */
export function changeNamespaces(verb: 'add' | 'delete', namespaces: readonly string[]): void {
  const input = namespaces.map((name) => `netns ${verb} ${name}\n`).join('')
  const { status, stderr } = spawnSync('ip', ['-batch', '-'], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}
