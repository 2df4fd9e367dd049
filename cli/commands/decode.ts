import type { CommandModule } from 'yargs'
import { SojournError } from '#core/error.ts'
import { judgeAuthenticators, readKeys } from '../wire-json/authenticators.ts'
import { parseHex, printAnswer, readStandardInput } from '../wire-json/input.ts'
import { decodeJson } from '../wire-json/protocol.ts'
import { type ProtocolName, protocolNames, protocols } from '../wire-json/protocols.ts'

interface DecodeArguments {
  protocol: ProtocolName
  hex: string[] | undefined
  keys: string | undefined
}

/** `sojourn decode`: a message from hexadecimal text as JSON, and which of its authenticators hold. */
export const decodeCommand: CommandModule<object, DecodeArguments> = {
  command: 'decode <protocol> [hex..]',
  describe: 'print a message as JSON; exit code 1 and { code, offset, message } where it is malformed',
  builder: (yargs) =>
    yargs
      .positional('protocol', { choices: protocolNames, demandOption: true, describe: 'what the bytes are' })
      .positional('hex', {
        type: 'string',
        array: true,
        describe: 'the message; read from standard input when absent',
      })
      .option('keys', {
        type: 'string',
        requiresArg: true,
        describe:
          'YAML file, a list of { spi, algorithm, key or keyFile, extension }: tells which authenticators hold',
      })
      .example('$0 decode mobile-ip 0100000ac000024d...', ''),
  handler: ({ protocol, hex, keys }) => {
    if (keys !== undefined && protocol !== 'mobile-ip')
      throw new SojournError('cli/usage', `--keys is for mobile-ip: ${protocol} carries no authenticators`)
    const known = keys === undefined ? undefined : readKeys(keys)
    printAnswer(() => {
      const bytes = parseHex(hex?.length ? hex.join(' ') : readStandardInput())
      const message = decodeJson(protocols[protocol], bytes)
      const verdicts = known && { authenticators: judgeAuthenticators(bytes, known) }
      return JSON.stringify({ ...message, ...verdicts }, null, 2)
    })
  },
}
