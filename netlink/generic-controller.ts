/** The family `nlctrl`, which knows the other families (`CTRL_*`; linux/genetlink.h). It alone has a fixed number. */
import { attributes, type Decoded } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { text, u16, u32 } from './attribute-type.ts'
import { commandLine, option } from './command-line.ts'
import { genericFamily } from './generic.ts'

/** GENL_ID_CTRL */
const controllerNumber = 16
const CTRL_CMD_GETFAMILY = 3

const operation = attributes({
  command: [1, 'CTRL_ATTR_OP_ID', u32],
  /** GENL_ADMIN_PERM 1, GENL_CMD_CAP_DO 2, GENL_CMD_CAP_DUMP 4, GENL_CMD_CAP_HASPOL 8. */
  flags: [2, 'CTRL_ATTR_OP_FLAGS', u32],
})

const multicastGroup = attributes({
  name: [1, 'CTRL_ATTR_MCAST_GRP_NAME', text],
  number: [2, 'CTRL_ATTR_MCAST_GRP_ID', u32],
})

const controller = genericFamily(
  'nlctrl',
  1,
  attributes({
    number: [1, 'CTRL_ATTR_FAMILY_ID', u16],
    name: [2, 'CTRL_ATTR_FAMILY_NAME', text],
    version: [3, 'CTRL_ATTR_VERSION', u32],
    headerBytes: [4, 'CTRL_ATTR_HDRSIZE', u32],
    highestAttribute: [5, 'CTRL_ATTR_MAXATTR', u32],
    operations: [6, 'CTRL_ATTR_OPS', arrayOf(operation)],
    multicastGroups: [7, 'CTRL_ATTR_MCAST_GROUPS', arrayOf(multicastGroup)],
  }),
  (_command, dumps, value) =>
    dumps
      ? 'genl ctrl list'
      : commandLine('genl ctrl get', option('name', value.name), option('id', value.number)),
)

/** The family itself: its group `notify` tells of families that come and go. */
export const familyController = { name: controller.name, format: controller.format }
export const controllerMessage = controller.format
export type Family = Decoded<typeof controllerMessage>

/** One family by name; ENOENT where the kernel has none. Like `genl ctrl get name NAME`. */
export function getFamily(name: string) {
  const { family, ...request } = controller.query(CTRL_CMD_GETFAMILY, { name })
  return { ...request, type: controllerNumber }
}

/** All families. Like `genl ctrl list`. */
export function dumpFamilies() {
  const { family, ...request } = controller.dump(CTRL_CMD_GETFAMILY, {})
  return { ...request, type: controllerNumber }
}
