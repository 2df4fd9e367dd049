/**
 * Actions of a filter (`TCA_ACT_*`; linux/pkt_cls.h), in the order in which they are taken. Each is the filter's own, or one that
 * several share by its index (shared-action.ts).
 */

import { csumAttributes, renderCsum } from './action-csum.ts'
import { ctAttributes, renderCt } from './action-ct.ts'
import { gactAttributes, renderGact } from './action-gact.ts'
import { mirredAttributes, renderMirred } from './action-mirred.ts'
import { natAttributes, renderNat } from './action-nat.ts'
import { peditAttributes, renderPedit } from './action-pedit.ts'
import { policeAttributes, renderPolice } from './action-police.ts'
import { renderSkbedit, skbeditAttributes } from './action-skbedit.ts'
import { renderTunnelKey, tunnelKeyAttributes } from './action-tunnel-key.ts'
import { attributes, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import { raw, text, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'
import { tcStatistics } from './tc-statistics.ts'

const kinds = {
  skbedit: skbeditAttributes,
  gact: gactAttributes,
  mirred: mirredAttributes,
  police: policeAttributes,
  pedit: peditAttributes,
  tunnel_key: tunnelKeyAttributes,
  nat: natAttributes,
  csum: csumAttributes,
  ct: ctAttributes,
}
export type ActionKind = keyof typeof kinds

/** Bits, and which of them are meant (`struct nla_bitfield32`; linux/netlink.h). */
export const bitfield = struct('nla_bitfield32', { value: u32, selector: u32 })

export const actionAttributes = attributes({
  kind: [1, 'TCA_ACT_KIND', text],
  options: [2, 'TCA_ACT_OPTIONS', { ...selectedBy('kind', kinds), nestedFlag: true }],
  /** Which one to ask for or to delete. */
  index: [3, 'TCA_ACT_INDEX', u32],
  statistics: [4, 'TCA_ACT_STATS', tcStatistics],
  /** 1 to 16 bytes of the user's, which the kernel keeps. */
  cookie: [6, 'TCA_ACT_COOKIE', raw],
  flags: [7, 'TCA_ACT_FLAGS', bitfield],
  hardwareStatistics: [8, 'TCA_ACT_HW_STATS', bitfield],
  usedHardwareStatistics: [9, 'TCA_ACT_USED_HW_STATS', bitfield],
  inHardwareCount: [10, 'TCA_ACT_IN_HW_COUNT', u32],
})

/** An action with its parameters, as `skbedit()`, `police()` and the others make it. */
export type NewAction = Encodable<typeof actionAttributes>

/**
 * A shared action for a filter. Where the index is missing the kernel refuses skbedit, mirred, pedit and tunnel_key, but makes a gact
 * that passes, and a police, nat or csum that does nothing. Like `action KIND index N` (`tc` 6.1 can't say it of nat and csum).
 */
export function sharedAction(kind: ActionKind, index: number): NewAction {
  return { kind, options: { [kind]: { parameters: { index } } } }
}

/** The same action, under this index among those of its kind. */
export function withIndex(action: NewAction, index: number): NewAction {
  // Whatever the kind: settings by name, of which the parameters are an object.
  const kinds = Object.entries((action.options ?? {}) as Record<string, Record<string, object>>)
  const indexed = kinds.map(([kind, settings]) => {
    const place = 'extendedParameters' in settings ? 'extendedParameters' : 'parameters'
    return [kind, { ...settings, [place]: { ...settings[place], index } }]
  })
  return { ...action, options: Object.fromEntries(indexed) }
}

/** The index that stands in the parameters, whatever the kind. */
export function actionIndex({ options }: NewAction): number | undefined {
  const { skbedit, gact, mirred, police, pedit, tunnel_key, nat, csum, ct } = options ?? {}
  const plain = skbedit ?? gact ?? mirred ?? police ?? tunnel_key ?? nat ?? csum ?? ct
  return (pedit?.extendedParameters ?? pedit?.parameters ?? plain?.parameters)?.index
}

export function renderAction(action: NewAction): Words {
  const { kind, options, index = actionIndex(action) } = action
  return [
    'action',
    !options?.gact && kind,
    options?.skbedit && renderSkbedit(options.skbedit),
    options?.gact && renderGact(options.gact),
    options?.mirred && renderMirred(options.mirred),
    options?.police && renderPolice(options.police),
    options?.pedit && renderPedit(options.pedit),
    options?.tunnel_key && renderTunnelKey(options.tunnel_key),
    options?.nat && renderNat(options.nat),
    options?.csum && renderCsum(options.csum),
    options?.ct && renderCt(options.ct),
    option('index', index || undefined),
  ]
}
