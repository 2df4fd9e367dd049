/**
 * Generic netlink (linux/genetlink.h): families that the kernel numbers at run time. A family is a table of attributes, its version
 * and a function that prints its messages; see `tcp-metrics.ts`. Its requests go to a socket opened with `protocol: 'generic'`,
 * which asks for the family's number by its name.
 */
import type { AttributeRows, AttributeTable, EncodableAttributes } from './attribute.ts'
import { u8 } from './attribute-type.ts'
import { command, MessageFormat, NLM_F, query } from './message.ts'
import { padding, struct } from './struct.ts'

const genericHeader = struct('genlmsghdr', { command: u8, version: u8, reserved: padding(2) })

/** The `ip` or `genl` line of a message: the number of its command, whether it asks for all, its attributes. */
type Render<Rows> = (command: number, dumps: boolean, value: EncodableAttributes<Rows>) => string

/**
 * `name`: as the kernel registers it, such as `tcp_metrics`. Gives the family's message format and functions that make requests of
 * the number of a command (an enum of the family's header) and attributes.
 */
export function genericFamily<Rows extends AttributeRows>(
  family: string,
  version: number,
  table: AttributeTable<Rows>,
  render: Render<Rows>,
) {
  const format = new MessageFormat(genericHeader, table, (_type, flags, value) =>
    render(value.command ?? 0, (flags & NLM_F.DUMP) === NLM_F.DUMP, value),
  )
  const message = (number: number, value: EncodableAttributes<Rows>) => ({
    command: number,
    version,
    ...value,
  })
  return {
    /** Of the family, for `socket.monitorFamily`. */
    name: family,
    format,
    /** A message that changes something. */
    command: (number: number, value: EncodableAttributes<Rows>) => ({
      ...command(format, 0, 0, message(number, value)),
      family,
    }),
    /** A message that asks for one object. */
    query: (number: number, value: EncodableAttributes<Rows>) => ({
      ...query(format, 0, 0, message(number, value)),
      family,
    }),
    /** A message that asks for all objects; for `socket.dump`. */
    dump: (number: number, value: EncodableAttributes<Rows>) => ({
      ...query(format, 0, NLM_F.DUMP, message(number, value)),
      family,
    }),
  }
}
