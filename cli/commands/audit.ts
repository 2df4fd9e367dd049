import type { CommandModule } from 'yargs'
import { clientOf, type OperatorArguments, operatorOptions, print } from './operator-options.ts'
import { formatTable } from './table.ts'

type AuditArguments = OperatorArguments & { subject: string | undefined; limit: number }

/** `sojourn audit`: what was changed by whom, and by which condition. */
export const auditCommand: CommandModule<object, AuditArguments> = {
  command: 'audit [subject]',
  describe: 'what was changed by whom, the newest first',
  builder: (yargs) =>
    operatorOptions(yargs)
      .positional('subject', { type: 'string', describe: 'only of this NAI or profile' })
      .option('limit', { type: 'number', default: 20, describe: 'how many' }),
  async handler({ subject, limit, ...options }) {
    const entries = await clientOf(options).audit(limit, subject)
    const rows = entries.map(({ at, author, action, subject, detail }) => [
      at,
      author,
      action,
      subject,
      detail,
    ])
    print(options, entries, formatTable([['AT', 'AUTHOR', 'ACTION', 'SUBJECT', 'DETAIL'], ...rows]))
  },
}
