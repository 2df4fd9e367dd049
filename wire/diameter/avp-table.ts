/** The basic and derived AVP data formats of RFC 6733, sections 4.2 and 4.3. */
export type DataType =
  | 'OctetString'
  | 'UTF8String'
  | 'DiameterIdentity'
  | 'DiameterURI'
  | 'IPFilterRule'
  | 'Integer32'
  | 'Integer64'
  | 'Unsigned32'
  | 'Unsigned64'
  | 'Float32'
  | 'Float64'
  | 'Enumerated'
  | 'Address'
  | 'Time'

/** How often a member may stand: exactly once, at most once, at least once, any number of times (RFC 6733, section 3.2). */
export type Cardinality = '1' | '0-1' | '1*' | '*'

/** A command's or group's members by dictionary name. Every grammar ends with an implied `*[AVP]`: any further AVP is let through. */
export type Grammar = Readonly<Record<string, Cardinality>>

interface AvpRowBase {
  code: number
  /** Absent: an AVP of the IETF. */
  vendorId?: number
  /** The M flag that is sent; what comes in is taken with either. */
  mandatory: boolean
  /** RFC number and section. */
  section: string
}

export interface SimpleAvpRow extends AvpRowBase {
  type: DataType
  /** Names of an Enumerated's values, or of the bits of a mask. */
  values?: Readonly<Record<string, number>>
}

export interface GroupedAvpRow extends AvpRowBase {
  type: 'Grouped'
  members: Grammar
}

export type AvpRow = SimpleAvpRow | GroupedAvpRow
export type AvpTable = Readonly<Record<string, AvpRow>>
