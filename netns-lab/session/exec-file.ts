import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { LabError } from '../lab-error.ts'

/** The argument vector that runs a script: the interpreter its first line names, else sh. */
export function scriptCommand(file: string, text: string): [string, ...string[]] {
  const [, interpreter] = /^#!\s*(.+)/.exec(text) ?? []
  const [program = 'sh', ...argv] = interpreter?.trim().split(/\s+/) ?? []
  return [program, ...argv, file]
}

/** Runs the user's script with the terminal as its output. @returns its exit code. @throws lab/usage, lab/command */
export async function execFile(file: string, environment: Record<string, string>): Promise<number> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new LabError('lab/usage', `cannot read the script ${file}`, { cause })
  }
  const [program, ...argv] = scriptCommand(file, text)
  const result = await execa(program, argv, {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    env: environment,
    reject: false,
  })
  if (result.exitCode === undefined)
    throw new LabError('lab/command', `the script ${file} did not end by itself: ${result.shortMessage}`)
  return result.exitCode
}
