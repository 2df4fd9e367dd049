import { option, type Words } from './command-line.ts'

/** Bits of the first 16 of a GRE header (linux/if_tunnel.h, in network order). */
export const greFlag = { CHECKSUM: 0x8000, KEY: 0x2000, SEQUENCE: 0x1000 } as const

/** Where a field is there: in what is sent (`output`), in what is accepted (`input`), or in both. */
type Direction = boolean | 'input' | 'output'

/** The optional fields of a GRE header. */
export interface GreHeader {
  /** Key that is sent and expected, or one for each direction; none when absent. */
  key?: number | { input?: number; output?: number } | undefined
  /** None when absent. */
  checksum?: Direction | undefined
  /** Sequence numbers; what comes late is dropped on input. None when absent. */
  sequence?: Direction | undefined
}

/** The attributes; the kernel takes their absence as "no field". */
export function greHeader({ key, checksum = false, sequence = false }: GreHeader) {
  const { input, output } = typeof key === 'object' ? key : { input: key, output: key }
  const flags = (direction: 'input' | 'output', ownKey: number | undefined) =>
    (ownKey === undefined ? 0 : greFlag.KEY) |
    (checksum === true || checksum === direction ? greFlag.CHECKSUM : 0) |
    (sequence === true || sequence === direction ? greFlag.SEQUENCE : 0)
  return {
    inputFlags: flags('input', input) || undefined,
    outputFlags: flags('output', output) || undefined,
    inputKey: input,
    outputKey: output,
  }
}

type GreHeaderAttributes = {
  readonly [Name in keyof ReturnType<typeof greHeader>]?: number | undefined
}

/** `whole`: a field that is not there is named too. */
export function renderGreHeader(data: GreHeaderAttributes, whole: boolean): Words {
  const { inputFlags = 0, outputFlags = 0 } = data
  const input = inputFlags & greFlag.KEY ? (data.inputKey ?? 0) : undefined
  const output = outputFlags & greFlag.KEY ? (data.outputKey ?? 0) : undefined
  const none = (name: string) => (whole ? `no${name}` : undefined)
  const field = (flag: number, name: string) => {
    if ((inputFlags & flag) === (outputFlags & flag)) return inputFlags & flag ? name : none(name)
    return inputFlags & flag ? [`i${name}`, none(`o${name}`)] : [none(`i${name}`), `o${name}`]
  }
  return [
    input === output
      ? (option('key', input) ?? none('key'))
      : [option('ikey', input) ?? none('ikey'), option('okey', output) ?? none('okey')],
    field(greFlag.SEQUENCE, 'seq'),
    field(greFlag.CHECKSUM, 'csum'),
  ]
}
