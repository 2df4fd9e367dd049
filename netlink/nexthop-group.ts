import { attributes, type Encodable } from './attribute.ts'
import { type AttributeType, choice, u16, u32, u64 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { weight } from './route-nexthop.ts'
import { padding, struct } from './struct.ts'

const member = struct('nexthop_grp', { id: u32, weight, reserved: padding(3) })
type Member = ReturnType<typeof member.read>

/** `NHA_GROUP`: one structure after the other. */
export const nexthopGroup: AttributeType<Member[], readonly Encodable<typeof member>[]> = {
  read: (bytes, start, end) =>
    Array.from({ length: Math.floor((end - start) / member.size) }, (_, index) =>
      member.read(bytes, start + index * member.size, end),
    ),
  write: (writer, members) => {
    for (const each of members) member.write(writer, each)
  },
}

export const nexthopGroupType = choice(u16, { mpath: 0, resilient: 1 })

/** `enum nexthop_res_group`: flows keep their next hop when others come and go. */
export const resilientGroup = attributes({
  buckets: [1, 'NHA_RES_GROUP_BUCKETS', u16],
  idleCentiseconds: [2, 'NHA_RES_GROUP_IDLE_TIMER', u32],
  unbalancedCentiseconds: [3, 'NHA_RES_GROUP_UNBALANCED_TIMER', u32],
  unbalancedForCentiseconds: [4, 'NHA_RES_GROUP_UNBALANCED_TIME', u64],
})

/** `group 8/9,3` */
export function renderGroup(members: readonly Encodable<typeof member>[] | undefined): Words {
  if (members === undefined) return []
  const words = members.map(({ id = 0, weight = 1 }) => (weight === 1 ? id : `${id},${weight}`))
  return ['group', words.join('/')]
}

export function renderResilient(value: Encodable<typeof resilientGroup> | undefined): Words {
  const seconds = (centiseconds: number | undefined) =>
    centiseconds === undefined ? undefined : centiseconds / 100
  return [
    option('buckets', value?.buckets),
    option('idle_timer', seconds(value?.idleCentiseconds)),
    option('unbalanced_timer', seconds(value?.unbalancedCentiseconds)),
  ]
}
