/**
 * Prepaid balances: what is paid in and what usage takes from them, by the tariff of the profile that the subscriber
 * has. Whatever is taken is taken in the transaction that counts the usage, so nothing is taken twice or forgotten.
 */
import { z } from 'zod'
import { priceOfTime, priceOfVolume, type Tariff } from '../profile/tariff.ts'
import { writeAudit } from './audit-table.ts'
import { profileOf, requireBase } from './base-profile.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { findObservation, putObservation } from './observation-table.ts'
import type { Session } from './service-control-database.ts'
import { findOpen } from './session-table.ts'
import type { Volume } from './usage-table.ts'

/** Something that is paid in, once: what comes again with the same id changes nothing. */
export interface Payment {
  id: string
  /** In the operator's unit; below 0: a correction. */
  amount: number
  reason: string
  author: string
  /** Milliseconds since 1970. */
  at: number
}

/** Adds to the balance; where none was kept it begins with that. Returns whether it was new. @throws database/in-use */
export async function pay(connection: Connection, nai: string, payment: Payment): Promise<boolean> {
  const { id, amount, reason, author, at } = payment
  const known = await connection.one(
    z.object({ nai: z.string(), amount: z.number() }),
    'SELECT nai, amount FROM payment WHERE id = ?',
    id,
  )
  if (known?.nai === nai && known.amount === amount) return false
  if (known)
    throw new DatabaseError(
      'database/in-use',
      `payment "${id}" is another, of ${known.amount} for ${known.nai}: give this one an id of its own`,
    )
  await connection.run(
    'INSERT INTO payment (id, nai, amount, reason, author, at) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    nai,
    amount,
    reason,
    author,
    at,
  )
  await chargeTime(connection, nai, at)
  const observation = await findObservation(connection, nai)
  const balance = (observation.balance ?? 0) + amount
  await putObservation(connection, nai, { ...observation, balance })
  const detail = `${amount} paid in, ${balance} now: ${reason}`
  await writeAudit(connection, { at, author, action: 'payment', subject: nai, detail })
  return true
}

/** Puts another balance in the place of the one that there is. */
export async function setBalance(
  connection: Connection,
  nai: string,
  balance: number,
  { author, at }: Pick<Payment, 'author' | 'at'>,
): Promise<void> {
  await chargeTime(connection, nai, at)
  const observation = await findObservation(connection, nai)
  if (observation.balance === balance) return
  await putObservation(connection, nai, { ...observation, balance })
  const detail = `${balance} instead of ${observation.balance ?? 'none'}`
  await writeAudit(connection, { at, author, action: 'set-balance', subject: nai, detail })
}

/** Takes the price of what went through. */
export async function chargeVolume(connection: Connection, nai: string, volume: Volume): Promise<void> {
  const { balance, tariff } = await accountOf(connection, nai)
  if (balance !== undefined && tariff) await take(connection, nai, priceOfVolume(tariff, volume))
}

/** Takes the price of the time of the open session that has not been taken yet. */
export async function chargeTime(connection: Connection, nai: string, at: number): Promise<void> {
  const { balance, chargedUntil, tariff } = await accountOf(connection, nai)
  if (balance === undefined) return
  const session = await findOpen(connection, nai, 'home-agent')
  // A balance that has just begun pays for nothing that was before.
  const from = Math.max(chargedUntil ?? at, session?.startedAt ?? at)
  const time = Math.min(at, session?.authorizedUntil ?? at) - from
  if (session && tariff && time > 0) await take(connection, nai, time * priceOfTime(tariff))
  await connection.run(
    'UPDATE observation SET charged_until = ? WHERE nai = ?',
    Math.max(at, chargedUntil ?? at),
    nai,
  )
}

/** What a millisecond takes from now on. */
export function balancePerMillisecond(tariff: Tariff | undefined, session: Session, at: number): number {
  return tariff && at < session.authorizedUntil ? priceOfTime(tariff) : 0
}

const row = z.object({ balance: z.number().nullable(), chargedUntil: z.number().nullable() })

/** `tariff` only where a balance is kept. */
async function accountOf(
  connection: Connection,
  nai: string,
): Promise<{ balance: number | undefined; chargedUntil: number | undefined; tariff: Tariff | undefined }> {
  const found = await connection.one(row, 'SELECT balance, charged_until FROM observation WHERE nai = ?', nai)
  const balance = found?.balance ?? undefined
  const tariff = balance === undefined ? undefined : profileOf(await requireBase(connection, nai)).tariff
  return { balance, chargedUntil: found?.chargedUntil ?? undefined, tariff }
}

async function take(connection: Connection, nai: string, amount: number): Promise<void> {
  await connection.run('UPDATE observation SET balance = balance - ? WHERE nai = ?', amount, nai)
}
