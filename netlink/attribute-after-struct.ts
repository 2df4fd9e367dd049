import type { AttributeRows, AttributeTable, DecodedAttributes, EncodableAttributes } from './attribute.ts'
import type { AttributeType, FixedType } from './attribute-type.ts'
import { malformed } from './netlink-error.ts'
import type { Struct, StructInput, StructValue } from './struct.ts'

type StructFields = ConstructorParameters<typeof Struct>[1]

/**
 * A structure with attributes behind it in one payload (netem's `TCA_OPTIONS`), as one flat object. The structure has exactly its size.
 */
export function structThenAttributes<Fields extends StructFields, Rows extends AttributeRows>(
  header: Struct<Fields>,
  table: AttributeTable<Rows>,
): AttributeType<
  StructValue<Fields> & DecodedAttributes<Rows>,
  StructInput<Fields> & EncodableAttributes<Rows>
> {
  return {
    read(bytes, start, end) {
      const value = header.read(bytes, start, end)
      table.readInto(value, bytes, start + header.size, end)
      // The structure's value has become the whole: the attributes were added.
      return value as StructValue<Fields> & DecodedAttributes<Rows>
    },
    write(writer, value) {
      header.write(writer, value)
      table.writeOthers(writer, value, header.fields)
    },
    locate: (bytes, start, end, offset) => table.locate(bytes, start + header.size, end, offset),
  }
}

/** An array of `length` numbers within a structure or as an attribute. */
export function fixedArray(
  element: FixedType<number>,
  length: number,
): FixedType<number[], readonly number[]> {
  const size = element.size * length
  return {
    size,
    read(bytes, start, end) {
      if (end - start < size) throw malformed(`payload of ${end - start} bytes where ${size} are due`)
      return Array.from({ length }, (_, index) =>
        element.read(bytes, start + index * element.size, start + (index + 1) * element.size, {}),
      )
    },
    write(writer, values) {
      if (values.length !== length) throw new RangeError(`${values.length} numbers where ${length} are due`)
      for (const value of values) element.write(writer, value)
    },
  }
}
