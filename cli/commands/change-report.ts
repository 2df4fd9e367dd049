/** What the commands that change something print for people. */
import type {
  Committed,
  Distributed,
  EditState,
  OpenedEdit,
  Preview,
  StoredProfile,
} from '#controller/operator-api/change-resources.ts'
import { OperatorApiError } from '#controller/operator-api/problem.ts'
import { formatNodes } from './subscriber-report.ts'
import { formatTable } from './table.ts'

const failures: readonly Distributed[number]['state'][] = ['rolled-back', 'split', 'failed']

export function formatDistributed(distributed: Distributed): string {
  if (distributed.length === 0) return 'nothing changes for any subscriber now'
  return distributed
    .flatMap(({ nai, revision, state, nodes }) => [
      `${nai}: revision ${revision}: ${state}`,
      ...formatNodes(nodes),
    ])
    .join('\n')
}

/** Exit code 1 where an agent does not hold what it should. */
export function exitCodeOf(distributed: readonly Pick<Distributed[number], 'state'>[]): number {
  return distributed.some(({ state }) => failures.includes(state)) ? 1 : 0
}

export function formatCommitted({ version, distributed }: Committed): string {
  return `version ${version} is stored\n${formatDistributed(distributed)}`
}

export function formatEdits(edits: readonly EditState[]): string {
  const rows = edits.map(({ id, subject, editor, version, openedAt, expiresAt }) => [
    id,
    subject,
    editor,
    version,
    openedAt,
    expiresAt,
  ])
  return formatTable([['ID', 'SUBJECT', 'EDITOR', 'VERSION', 'OPENED', 'EXPIRES'], ...rows])
}

/** The document as YAML, below comments that say what it is: ready to be edited and committed. */
export function formatOpened({ edit, others }: OpenedEdit, yaml: string): string {
  const { id, subject, version, expiresAt } = edit
  return [
    `# ${subject}, version ${version}. Commit before ${expiresAt}: sojourn edit commit ${id} FILE --reason WHY`,
    ...others.map((other) => `# ${other.editor} edits it too, until ${other.expiresAt}`),
    yaml.trimEnd(),
  ].join('\n')
}

export function formatProfiles(profiles: readonly StoredProfile[]): string {
  const rows = profiles.map(({ name, version, author, since, reason }) => [
    name,
    version,
    author,
    since,
    reason,
  ])
  return formatTable([['NAME', 'VERSION', 'AUTHOR', 'SINCE', 'REASON'], ...rows])
}

export function formatPreview({ differences }: Preview): string {
  if (differences.length === 0) return 'no difference'
  return differences
    .flatMap(({ path, before, after, inForce, decidedBy, kernelObjects }) => {
      const change = before === after ? `${path}: as it was written` : `${path}: ${before} -> ${after}`
      const hidden =
        decidedBy === null || decidedBy === 'base' ? 'nothing in force changes' : `${decidedBy} decides`
      if (inForce === null) return [`${change} (${hidden})`]
      const isOther = inForce.before !== before || inForce.after !== after
      const effect = isOther ? [`  in force: ${inForce.before} -> ${inForce.after}`] : []
      return [change, ...effect, ...kernelObjects.map((object) => `  ${object}`)]
    })
    .join('\n')
}

/** What a refused commit says to people: each field in conflict, and how to go on. Undefined: another error. */
export function formatStale(error: unknown): string | undefined {
  if (!(error instanceof OperatorApiError) || error.more.code !== 'api/stale') return undefined
  const { version, conflicts } = error.more
  if (version === undefined || !Array.isArray(conflicts)) return undefined
  return [
    error.message,
    ...conflicts.map(
      ({ path, base, theirs, mine }) =>
        `  ${path}: was ${JSON.stringify(base)}, theirs ${JSON.stringify(theirs)}, yours ${JSON.stringify(mine)}`,
    ),
    `Put it right in the merge (--json shows it), then commit that with --version ${version}`,
  ].join('\n')
}
