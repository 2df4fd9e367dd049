/**
 * Codes of a Registration Reply, and the agent that sets each (RFC 5944, section 3.4; later documents by row). A refusal is a
 * value: no code is ever thrown.
 */
export const replyCodes = {
  0: { name: 'accepted', setBy: 'home-agent' },
  1: { name: 'accepted, simultaneous bindings not supported', setBy: 'home-agent' },

  64: { name: 'reason unspecified', setBy: 'foreign-agent' },
  65: { name: 'administratively prohibited', setBy: 'foreign-agent' },
  66: { name: 'insufficient resources', setBy: 'foreign-agent' },
  67: { name: 'mobile node failed authentication', setBy: 'foreign-agent' },
  68: { name: 'home agent failed authentication', setBy: 'foreign-agent' },
  69: { name: 'requested lifetime too long', setBy: 'foreign-agent' },
  70: { name: 'poorly formed request', setBy: 'foreign-agent' },
  71: { name: 'poorly formed reply', setBy: 'foreign-agent' },
  72: { name: 'requested encapsulation unavailable', setBy: 'foreign-agent' },
  73: { name: 'reserved', setBy: 'foreign-agent' }, // was: Van Jacobson compression unavailable
  74: { name: 'requested reverse tunnel unavailable', setBy: 'foreign-agent' }, // RFC 3024
  75: { name: 'reverse tunnel is mandatory and the T bit is not set', setBy: 'foreign-agent' }, // RFC 3024
  76: { name: 'mobile node too distant', setBy: 'foreign-agent' }, // RFC 3024
  77: { name: 'invalid care-of address', setBy: 'foreign-agent' },
  78: { name: 'registration timeout', setBy: 'foreign-agent' },
  79: { name: 'delivery style not supported', setBy: 'foreign-agent' }, // RFC 3024
  80: { name: 'home network unreachable', setBy: 'foreign-agent' },
  81: { name: 'home agent host unreachable', setBy: 'foreign-agent' },
  82: { name: 'home agent port unreachable', setBy: 'foreign-agent' },
  88: { name: 'home agent unreachable', setBy: 'foreign-agent' },
  89: { name: 'vendor specific reason', setBy: 'foreign-agent' }, // RFC 3115
  90: { name: 'non-zero home agent address required', setBy: 'foreign-agent' }, // RFC 4433
  96: { name: 'non-zero home address required', setBy: 'foreign-agent' }, // RFC 2794
  97: { name: 'missing NAI', setBy: 'foreign-agent' }, // RFC 2794
  98: { name: 'missing home agent', setBy: 'foreign-agent' }, // RFC 2794
  99: { name: 'missing home address', setBy: 'foreign-agent' }, // RFC 2794
  100: { name: 'unsupported vendor extension sent by the mobile node', setBy: 'foreign-agent' }, // RFC 3115
  101: { name: 'unsupported vendor extension sent by the home agent', setBy: 'foreign-agent' }, // RFC 3115
  104: { name: 'unknown challenge', setBy: 'foreign-agent' }, // RFC 4721
  105: { name: 'missing challenge', setBy: 'foreign-agent' }, // RFC 4721
  106: { name: 'stale challenge', setBy: 'foreign-agent' }, // RFC 4721
  107: { name: 'missing MN-FA key generation reply', setBy: 'foreign-agent' }, // RFC 3957
  108: { name: 'mobile-AAA authentication failed at the foreign agent', setBy: 'foreign-agent' }, // RFC 4721
  109: { name: 'home agent returned a wrong challenge', setBy: 'foreign-agent' }, // RFC 4721; as error status only

  128: { name: 'reason unspecified', setBy: 'home-agent' },
  129: { name: 'administratively prohibited', setBy: 'home-agent' },
  130: { name: 'insufficient resources', setBy: 'home-agent' },
  131: { name: 'mobile node failed authentication', setBy: 'home-agent' },
  132: { name: 'foreign agent failed authentication', setBy: 'home-agent' },
  133: { name: 'registration identification mismatch', setBy: 'home-agent' },
  134: { name: 'poorly formed request', setBy: 'home-agent' },
  135: { name: 'too many simultaneous mobility bindings', setBy: 'home-agent' },
  136: { name: 'unknown home agent address', setBy: 'home-agent' },
  137: { name: 'requested reverse tunnel unavailable', setBy: 'home-agent' }, // RFC 3024
  138: { name: 'reverse tunnel is mandatory and the T bit is not set', setBy: 'home-agent' }, // RFC 3024
  139: { name: 'requested encapsulation unavailable', setBy: 'home-agent' }, // RFC 3024
  140: { name: 'unsupported vendor extension sent by the mobile node', setBy: 'home-agent' }, // RFC 3115
  141: { name: 'unsupported vendor extension sent by the foreign agent', setBy: 'home-agent' }, // RFC 3115
  142: { name: 'requested UDP tunnel encapsulation unavailable', setBy: 'home-agent' }, // RFC 3519
  143: { name: 'register again with the redirected home agent', setBy: 'home-agent' }, // RFC 4433
  144: { name: 'mobile-AAA authentication failed at the home agent', setBy: 'home-agent' }, // RFC 4721

  194: { name: 'invalid home agent address', setBy: 'foreign-agent' },
} as const satisfies Record<number, { name: string; setBy: 'home-agent' | 'foreign-agent' }>

export type ReplyCode = keyof typeof replyCodes

/** Whether a code accepts the registration (RFC 5944, section 3.4: 0 to 8). */
export function isAccepted(code: number): boolean {
  return code <= 8
}

/** A code as a person reads it, such as `131 (mobile node failed authentication)`. */
export function describeReplyCode(code: number): string {
  const row = Object.entries(replyCodes).find(([number]) => Number(number) === code)
  return row ? `${code} (${row[1].name})` : `${code} (unassigned)`
}
