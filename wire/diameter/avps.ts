import type { RawAvp } from './avp.ts'
import type { Cardinality, Grammar } from './avp-table.ts'
import type { CommandName, Commands, errorAnswer } from './command.ts'
import type { AvpName, Dictionary } from './dictionary.ts'

/** The TypeScript type of each data format. A 64-bit number is a bigint. */
export interface ValueOfType {
  OctetString: Buffer
  UTF8String: string
  DiameterIdentity: string
  DiameterURI: string
  IPFilterRule: string
  Integer32: number
  Integer64: bigint
  Unsigned32: number
  Unsigned64: bigint
  Float32: number
  Float64: number
  Enumerated: number
  /** IPv4 in dotted decimal, or IPv6 text. */
  Address: string
  /** Seconds since 1970. */
  Time: number
}

/** The value of an AVP by its name in the dictionary. */
export type AvpValue<Name> = Name extends AvpName
  ? Dictionary[Name] extends { readonly members: infer Members extends Grammar }
    ? Group<Members>
    : Dictionary[Name]['type'] extends keyof ValueOfType
      ? ValueOfType[Dictionary[Name]['type']]
      : never
  : never

type Member<Name, Times extends Cardinality> = Times extends '1*' | '*' ? AvpValue<Name>[] : AvpValue<Name>

/** Required members, optional members, and in `unknown` each AVP that the grammar does not name, in its order. */
export type Group<Members extends Grammar> = {
  [Name in keyof Members as Members[Name] extends '1' | '1*' ? Name : never]: Member<Name, Members[Name]>
} & {
  [Name in keyof Members as Members[Name] extends '0-1' | '*' ? Name : never]?: Member<Name, Members[Name]>
} & { unknown?: RawAvp[] }

/** The AVPs of a command: `Avps<'AA-Mobile-Node', 'request'>`. Of an answer, those of success. */
export type Avps<Name extends CommandName, Kind extends 'request' | 'answer'> = Group<Commands[Name][Kind]>

/** The AVPs of an answer that is no success: the error answer's are certain, the command's own may stand or not. */
export type FailureAvps<Name extends CommandName> = Group<typeof errorAnswer> &
  Omit<Partial<Avps<Name, 'answer'>>, keyof typeof errorAnswer>
