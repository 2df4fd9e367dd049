import { registerSharedWorker } from 'ava/plugin'
import type { FixtureAnswer } from './postgresql-fixture-server.ts'
import type { PostgresqlServer } from './postgresql-server.ts'

const worker = registerSharedWorker({
  filename: new URL('./postgresql-fixture-server.ts', import.meta.url),
  supportedProtocols: ['ava-4'],
})

/** A PostgreSQL database for one test, with the newest schema and nothing in it. */
export async function emptyPostgresql(): Promise<PostgresqlServer> {
  await worker.available
  for await (const reply of worker.publish('database').replies()) {
    const answer = reply.data as FixtureAnswer
    if ('missing' in answer) throw new Error(answer.missing)
    return answer
  }
  throw new Error('the worker that runs PostgreSQL is gone')
}
