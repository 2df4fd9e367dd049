import { attributes } from './attribute.ts'
import { text, u32 } from './attribute-type.ts'
import { messageHeaderBytes, type NetlinkRequest, NLM_F, type ReceivedMessage } from './message.ts'
import { errnoName, malformed, NetlinkError } from './netlink-error.ts'

/** `enum nlmsgerr_attrs` (linux/netlink.h). Offsets count from the nlmsghdr of the request. */
const extendedAcknowledgement = attributes({
  text: [1, 'NLMSGERR_ATTR_MSG', text],
  offset: [2, 'NLMSGERR_ATTR_OFFS', u32],
  missingType: [5, 'NLMSGERR_ATTR_MISS_TYPE', u32],
  missingNest: [6, 'NLMSGERR_ATTR_MISS_NEST', u32],
})

export interface Acknowledgement {
  /** 0 for success. */
  errno: number
  /** Why it was refused, or a warning about what was done. */
  text?: string
  offset?: number
  missingType?: number
  missingNest?: number
}

/** Reads the `struct nlmsgerr` of an NLMSG_ERROR, or the end of a dump. @throws netlink/malformed */
export function readAcknowledgement(
  bytes: Buffer,
  message: ReceivedMessage,
  kind: 'error' | 'done',
): Acknowledgement {
  const { from, to, flags } = message
  if (to - from < 4) throw malformed('acknowledgement without an errno')
  const errno = -bytes.readInt32LE(from)
  if ((flags & NLM_F.ACK_TLVS) === 0) return { errno }
  let attributesFrom = from + 4
  if (kind === 'error') {
    if (to - attributesFrom < messageHeaderBytes)
      throw malformed('acknowledgement without the request header')
    const echoed =
      errno === 0 || flags & NLM_F.CAPPED ? messageHeaderBytes : bytes.readUInt32LE(attributesFrom)
    attributesFrom += (echoed + 3) & ~3
  }
  return { errno, ...extendedAcknowledgement.read(bytes, attributesFrom, to) }
}

/** `sent`: the bytes of the refused request, whole, in which the acknowledgement's offsets point. */
export function refusal(
  request: NetlinkRequest,
  sent: Buffer,
  acknowledgement: Acknowledgement,
): NetlinkError {
  const { text: kernelText } = acknowledgement
  const errno = errnoName(acknowledgement.errno)
  const attribute = offendingAttribute(request, sent, acknowledgement)
  const rendered = request.render()
  const reason = [errno, kernelText, attribute && `at ${attribute}`]
    .filter((part) => part !== undefined)
    .join(', ')
  return new NetlinkError('netlink/refused', `${rendered}: ${reason}`, {
    errno,
    kernelText,
    attribute,
    rendered,
  })
}

function offendingAttribute(
  request: NetlinkRequest,
  sent: Buffer,
  { offset, missingType, missingNest }: Acknowledgement,
): string | undefined {
  const locate = (at: number) => request.format.locate(sent, messageHeaderBytes, sent.length, at)
  if (offset !== undefined) return locate(offset)
  if (missingType === undefined) return undefined
  const nest = missingNest === undefined ? undefined : locate(missingNest)
  return `missing attribute ${missingType}${nest === undefined ? '' : ` in ${nest}`}`
}
