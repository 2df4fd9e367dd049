import type { CommandModule } from 'yargs'
import { parseJson, printAnswer, readStandardInput } from '../wire-json/input.ts'
import { encodeJson } from '../wire-json/protocol.ts'
import { type ProtocolName, protocolNames, protocols } from '../wire-json/protocols.ts'

/** `sojourn encode`: the bytes of what `sojourn decode` prints. */
export const encodeCommand: CommandModule<object, { protocol: ProtocolName }> = {
  command: 'encode <protocol>',
  describe: 'read the JSON that decode prints from standard input and print the same bytes',
  builder: (yargs) =>
    yargs
      .positional('protocol', { choices: protocolNames, demandOption: true, describe: 'what the JSON is' })
      .example('$0 decode diameter <message.hex | $0 encode diameter', ''),
  handler: ({ protocol }) =>
    printAnswer(() => encodeJson(protocols[protocol], parseJson(readStandardInput())).toString('hex')),
}
