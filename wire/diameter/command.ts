import { accountingCommands } from './command/accounting.ts'
import { mobileIpv4Commands } from './command/mobile-ipv4.ts'
import { peerCommands } from './command/peer.ts'
import { qosCommands } from './command/qos.ts'
import { sessionCommands } from './command/session.ts'
import { type CommandRow, failure, redirection } from './command-table.ts'

/** Every command that is known by name, with the grammars of its request and answer. */
export const commands = {
  ...peerCommands,
  ...sessionCommands,
  ...accountingCommands,
  ...mobileIpv4Commands,
  ...qosCommands,
} as const

export type Commands = typeof commands
export type CommandName = keyof Commands

/** RFC 6733, section 7.2: what remains certain of an answer that is not a success. */
export const errorAnswer = {
  'Session-Id': '0-1',
  'Origin-Host': '1',
  'Origin-Realm': '1',
  'Result-Code': '1',
  'Origin-State-Id': '0-1',
  'Experimental-Result': '0-1',
  ...failure,
  ...redirection,
  'Proxy-Info': '*',
} as const

const rowsByName = new Map<string, CommandRow>(Object.entries(commands))

export function isCommandName(name: string): name is CommandName {
  return rowsByName.has(name)
}

/** The name of a command code, or undefined when it is not known. */
export function commandName(code: number): CommandName | undefined {
  for (const [name, row] of rowsByName) if (row.code === code && isCommandName(name)) return name
  return undefined
}

/** Such as `AMR` and `AMA`; for an unknown command its code and the letter: `16777213R`. */
export function commandAbbreviation(code: number, request: boolean): string {
  const name = commandName(code)
  return `${name === undefined ? code : commands[name].abbreviation}${request ? 'R' : 'A'}`
}
