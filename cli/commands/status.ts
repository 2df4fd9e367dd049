import type { CommandModule } from 'yargs'
import { OperatorClient } from '#controller/operator-api/client.ts'
import { OperatorApiError } from '#controller/operator-api/problem.ts'
import { describeError } from '#core/error.ts'
import { clientOf, type OperatorArguments, operatorOptions, print } from './operator-options.ts'

export interface Status {
  server: string
  /** Why the home server cannot do its work; null: it can. */
  fault: string | null
  /** Null without a token, or without a server. */
  subscribers: number | null
  registered: number | null
}

/** `sojourn` and no more: whether there is a home server, and how many it serves. Exit code 1 when it is not ready. */
export const statusCommand: CommandModule<object, OperatorArguments> = {
  command: ['status', '$0'],
  describe: 'whether the home server is ready, and how many subscribers it serves',
  builder: operatorOptions,
  async handler(options) {
    const { server, tokenFile } = options
    const fault = await new OperatorClient(server, '').fault().catch((error: unknown) => {
      if (error instanceof OperatorApiError && error.code === 'api/unreachable') return describeError(error)
      throw error
    })
    const status: Status = { server, fault: fault ?? null, subscribers: null, registered: null }
    if (fault === undefined && tokenFile !== undefined) {
      const client = clientOf(options)
      status.subscribers = (await client.subscribers()).length
      status.registered = new Set((await client.sessions()).map(({ nai }) => nai)).size
    }
    print(options, status, formatStatus(status))
    if (fault !== undefined) process.exitCode = 1
  },
}

export function formatStatus({ server, fault, subscribers, registered }: Status): string {
  if (fault !== null) return `home server ${server}: not ready: ${fault}\nsojourn --help lists the commands`
  const counts =
    subscribers === null
      ? 'with --token-file it says more'
      : `${subscribers} subscribers, ${registered} of them registered`
  return `home server ${server}: ready\n${counts}`
}
