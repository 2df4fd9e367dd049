/** `ip` and `tc`: they lay the ground for a workload, verify it, and are a peer themselves. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Program = 'ip' | 'tc'

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`
export const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Runs a program to its end; its output. @throws Error with what it said */
export function run(program: string, args: readonly string[], stdout: 'pipe' | 'ignore' = 'pipe'): string {
  const stdio = ['ignore', stdout, 'pipe'] as const
  const done = spawnSync(program, args, {
    stdio: [...stdio],
    encoding: 'utf8',
    env: { ...process.env, PATH },
    maxBuffer: 2 ** 28,
  })
  if (done.error) throw new Error(`${program}: ${done.error.message}`)
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr}`)
  return done.stdout ?? ''
}

export function show(program: Program, words: string): string {
  return run(program, words.split(' '))
}

/** Writes the lines of a batch to a file and returns its path. */
export function batchFile(lines: readonly string[]): string {
  const path = join(folder, 'batch')
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

export function runBatch(program: Program, lines: readonly string[]): void {
  run(program, ['-batch', batchFile(lines)])
}
