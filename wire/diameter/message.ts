import { WireError } from '../wire-error.ts'
import type { Grammar } from './avp-table.ts'
import type { Avps, FailureAvps } from './avps.ts'
import { type CommandName, commandName, commands, errorAnswer } from './command.ts'
import { decodeGroup, encodeGroup, firstValue } from './group.ts'
import type { Header } from './header.ts'
import { decodeRawMessage, encodeRawMessage, type RawMessage } from './raw-message.ts'
import { checkApplication } from './request-checks.ts'
import { isSuccessCode, resultCode } from './result-code.ts'

type TypedHeader = Omit<Header, 'commandCode' | 'request'>

export interface RequestMessage<Name extends CommandName> extends TypedHeader {
  command: Name
  request: true
  avps: Avps<Name, 'request'>
}

/** An answer whose Result-Code is 2xxx: it has all that the command's grammar requires. */
export interface SuccessAnswer<Name extends CommandName> extends TypedHeader {
  command: Name
  request: false
  avps: Avps<Name, 'answer'>
}

/** Any other answer: a value, never an exception. */
export interface FailureAnswer<Name extends CommandName> extends TypedHeader {
  command: Name
  request: false
  avps: FailureAvps<Name>
}

export type AnswerMessage<Name extends CommandName> = SuccessAnswer<Name> | FailureAnswer<Name>
export type Message = { [Name in CommandName]: RequestMessage<Name> | AnswerMessage<Name> }[CommandName]

/** What can be encoded: any `Message`, also one whose command is not known until it runs. */
export interface EncodableMessage extends TypedHeader {
  command: CommandName
  request: boolean
  avps: object
}

/** One whole message of a known command. @throws wire/truncated, wire/malformed; with the Result-Code that answers it */
export function decodeMessage(bytes: Buffer): Message {
  const raw = decodeRawMessage(bytes)
  const command = commandName(raw.commandCode)
  if (command === undefined) throw unknownCommand(raw)
  // The name and the AVPs come from the same row; that is what the union says.
  return (raw.request ? decodeRequest(command, raw) : decodeAnswer(command, raw)) as Message
}

/** @throws wire/malformed; with the Result-Code that answers it */
export function decodeRequest<Name extends CommandName>(
  command: Name,
  raw: RawMessage,
): RequestMessage<Name> {
  checkApplication(raw)
  const grammar: Commands[Name]['request'] = commands[command].request
  return { ...typedHeader(raw), command, request: true, avps: decodeGroup(grammar, raw.avps) }
}

/** @throws wire/malformed */
export function decodeAnswer<Name extends CommandName>(command: Name, raw: RawMessage): AnswerMessage<Name> {
  const header = { ...typedHeader(raw), command, request: false as const }
  if (isSuccessCode(firstValue(raw.avps, 'Result-Code') ?? 0)) {
    const grammar: Commands[Name]['answer'] = commands[command].answer
    return { ...header, avps: decodeGroup(grammar, raw.avps) }
  }
  // `failureGrammar` requires what `errorAnswer` requires, and makes the rest of the command's answer optional.
  return { ...header, avps: decodeGroup(failureGrammar(command), raw.avps) as FailureAvps<Name> }
}

/** @throws wire/unencodable */
export function encodeMessage(message: EncodableMessage): Buffer {
  return encodeRawMessage(toRawMessage(message))
}

/** The message with its AVPs in bytes. @throws wire/unencodable */
export function toRawMessage({ command, avps, ...header }: EncodableMessage): RawMessage {
  return {
    ...header,
    commandCode: commands[command].code,
    avps: encodeGroup(grammarFor(command, header.request, avps), avps),
  }
}

type Commands = typeof commands

function grammarFor(command: CommandName, request: boolean, avps: object): Grammar {
  if (request) return commands[command].request
  const code = 'Result-Code' in avps ? avps['Result-Code'] : undefined
  return typeof code === 'number' && isSuccessCode(code) ? commands[command].answer : failureGrammar(command)
}

function failureGrammar(command: CommandName): Grammar {
  const relaxed = Object.entries(commands[command].answer).map(([name, cardinality]) => [
    name,
    cardinality === '1' || cardinality === '0-1' ? '0-1' : '*',
  ])
  return { ...Object.fromEntries(relaxed), ...errorAnswer }
}

function typedHeader({ commandCode: _, request: __, avps: ___, ...header }: RawMessage): TypedHeader {
  return header
}

function unknownCommand({ commandCode }: RawMessage): WireError {
  return new WireError('wire/malformed', `command ${commandCode} is not known`, {
    offset: 5,
    resultCode: resultCode.commandUnsupported,
  })
}
