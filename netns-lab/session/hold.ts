import { createInterface } from 'node:readline'
import { execa } from 'execa'
import type { Topology } from '../report/report.ts'
import { hostNames, isHostName } from '../topology/hosts.ts'

const help = `hosts               the hosts, each a network namespace of the same name
exec HOST CMD...    run a command (through sh) in a host, such as: exec cn ping -c 3 $SOJOURN_MN1_ADDRESS
help                this
exit                take the lab down (also: end of input)
`

export type HoldCommand =
  | { kind: 'hosts' | 'help' | 'exit' | 'nothing' }
  | { kind: 'exec'; host: string; command: string }
  | { kind: 'wrong'; why: string }

/** One line of the prompt. */
export function parseHoldCommand(line: string): HoldCommand {
  const [word = '', host = ''] = line.trim().split(/\s+/)
  switch (word) {
    case '':
      return { kind: 'nothing' }
    case 'hosts':
    case 'help':
    case 'exit':
      return { kind: word }
    case 'exec': {
      const command = line.trim().replace(/^exec\s+\S+\s*/, '')
      if (!isHostName(host))
        return { kind: 'wrong', why: `no host "${host}"; there are: ${hostNames.join(' ')}` }
      return command
        ? { kind: 'exec', host, command }
        : { kind: 'wrong', why: 'exec HOST CMD...: no command' }
    }
  }
  return { kind: 'wrong', why: `no command "${word}"; try: help` }
}

/** A prompt on standard input until `exit` or its end. Commands run one after the other. */
export async function hold(environment: Record<string, string>, topology: Topology): Promise<void> {
  const prompt = (): void => void process.stdout.write('lab> ')
  process.stdout.write(`\nThe lab is up.\n${help}`)
  prompt()
  for await (const line of createInterface({ input: process.stdin })) {
    const command = parseHoldCommand(line)
    if (command.kind === 'exit') break
    await obey(command, environment, topology)
    prompt()
  }
  process.stdout.write('\n')
}

async function obey(
  command: HoldCommand,
  environment: Record<string, string>,
  topology: Topology,
): Promise<void> {
  switch (command.kind) {
    case 'exec': {
      const argv = [`--net=/run/netns/${command.host}`, 'sh', '-c', command.command]
      const stdio = { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' } as const
      const { exitCode } = await execa('nsenter', argv, { ...stdio, env: environment, reject: false })
      if (exitCode !== 0) process.stdout.write(`(exit code ${exitCode ?? 'none'})\n`)
      return
    }
    case 'hosts':
      for (const { name, role, group } of topology.hosts)
        process.stdout.write(`${name.padEnd(5)} ${role}, ${group}\n`)
      return
    case 'help':
      process.stdout.write(help)
      return
    case 'wrong':
      process.stdout.write(`${command.why}\n`)
      return
    case 'exit':
    case 'nothing':
      return
  }
}
