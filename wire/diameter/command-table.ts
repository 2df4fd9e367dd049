import type { Grammar } from './avp-table.ts'

export interface CommandRow {
  code: number
  /** Two letters, to which R or A is added: `AM` for AMR and AMA. */
  abbreviation: string
  /** The application in the header, where the message itself names none. */
  applicationId: number
  /** False for the commands between neighbours: the P flag is clear, and they are never relayed. */
  proxiable: boolean
  request: Grammar
  answer: Grammar
}

export type CommandTable = Readonly<Record<string, CommandRow>>

/** The members that agents add to a request on its way (RFC 6733, section 6). */
export const routing = { 'Proxy-Info': '*', 'Route-Record': '*' } as const satisfies Grammar

/** What an answer says about its failure (RFC 6733, section 7). */
export const failure = {
  'Error-Message': '0-1',
  'Error-Reporting-Host': '0-1',
  'Failed-AVP': '0-1',
} as const satisfies Grammar

/** What a redirect agent answers (RFC 6733, section 6.12). */
export const redirection = {
  'Redirect-Host': '*',
  'Redirect-Host-Usage': '0-1',
  'Redirect-Max-Cache-Time': '0-1',
} as const satisfies Grammar
