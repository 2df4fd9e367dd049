import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { LabError } from '../lab-error.ts'

export interface CertificateOrder {
  identity: string
  /** As openssl writes it: `20260101000000Z`. */
  from: string
  to: string
}

export const authorityFile = 'authority.pem'
export const certificateFileOf = (identity: string): string => `${identity}.pem`
export const certificateKeyFileOf = (identity: string): string => `${identity}.key`

const authorityConfiguration = `[ca]
default_ca = authority
[authority]
database = index.txt
serial = serial
new_certs_dir = .
policy = names
default_md = sha256
copy_extensions = copy
[names]
commonName = supplied
`

/** Makes an authority and these certificates of Diameter nodes, each with its key, in the folder. @throws lab/command */
export async function makeCertificates(folder: string, orders: readonly CertificateOrder[]): Promise<void> {
  if (orders.length === 0) return
  const work = join(folder, 'authority')
  mkdirSync(work, { recursive: true })
  for (const [name, text] of [
    ['ca.cnf', authorityConfiguration],
    ['index.txt', ''],
    ['serial', '01\n'],
  ] as const)
    writeFileSync(join(work, name), text)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const authority = ['-batch', '-config', 'ca.cnf', '-keyfile', 'authority.key', '-notext']
  // All dates of the story lie within the authority's.
  const span = ['-startdate', '20200101000000Z', '-enddate', '20450101000000Z']
  await openssl(
    work,
    'req',
    ...newKey,
    '-keyout',
    'authority.key',
    '-out',
    'authority.csr',
    '-subj',
    '/CN=authority',
  )
  await openssl(
    work,
    'ca',
    ...authority,
    '-selfsign',
    '-in',
    'authority.csr',
    '-out',
    `../${authorityFile}`,
    ...span,
  )
  for (const { identity, from, to } of orders) {
    const name = ['-subj', `/CN=${identity}`, '-addext', `subjectAltName=DNS:${identity}`]
    const key = `../${certificateKeyFileOf(identity)}`
    await openssl(work, 'req', ...newKey, '-keyout', key, '-out', 'request.csr', ...name)
    const files = [
      '-cert',
      `../${authorityFile}`,
      '-in',
      'request.csr',
      '-out',
      `../${certificateFileOf(identity)}`,
    ]
    await openssl(work, 'ca', ...authority, ...files, '-startdate', from, '-enddate', to)
  }
}

async function openssl(folder: string, ...words: string[]): Promise<void> {
  const result = await execa('openssl', words, { cwd: folder, reject: false, all: true, stdin: 'ignore' })
  if (result.failed)
    throw new LabError('lab/command', `\`openssl ${words.join(' ')}\` failed:\n${result.all}`)
}
