import { attributesIn, NLA_F_NESTED, writeFramed } from './attribute.ts'
import type { AttributeType } from './attribute-type.ts'

/** A list: nested attributes numbered from `first` on, each with the same type (`TCA_ACT_TAB`). */
export function arrayOf<Value, Input>(
  type: AttributeType<Value, Input>,
  first = 1,
): AttributeType<Value[], readonly Input[]> {
  return {
    read: (bytes, start, end) =>
      [...attributesIn(bytes, start, end)].map(({ from, to }) => type.read(bytes, from, to, {})),
    write: (writer, values) =>
      values.forEach((value, index) => {
        writeFramed(writer, first + index + (type.nestedFlag ? NLA_F_NESTED : 0), () =>
          type.write(writer, value),
        )
      }),
    locate(bytes, start, end, offset) {
      const hit = [...attributesIn(bytes, start, end)].find(({ to }) => offset < to)
      return hit && type.locate?.(bytes, hit.from, hit.to, offset, {})
    },
  }
}

/** A list: nested attributes that all have the one number, each with the same type (`IFLA_VLAN_QOS_MAPPING`). */
export function repeated<Value, Input>(
  number: number,
  type: AttributeType<Value, Input>,
): AttributeType<Value[], readonly Input[]> {
  return {
    ...arrayOf(type),
    write: (writer, values) =>
      values.forEach((value) => {
        writeFramed(writer, number, () => type.write(writer, value))
      }),
  }
}
