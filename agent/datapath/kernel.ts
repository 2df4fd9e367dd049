import type { NetlinkRequest } from '#netlink/message.ts'
import type { NetlinkError } from '#netlink/netlink-error.ts'
import type { Result } from '#netlink/socket.ts'

/**
 * The kernel as the datapath sees it: a netlink socket, or in tests a fake that answers the same messages.
 */
export interface Kernel {
  /** Carries out the requests in order; those after a refused one too. */
  transaction<Answer>(requests: readonly NetlinkRequest<Answer>[]): Promise<Result<Answer>[]>
  dump<Item>(request: NetlinkRequest<Item>): AsyncIterable<Item>
  close(): void
}

/** Whether a deletion was refused because there is nothing to delete: then what was wanted is so. */
export function isMissing({ errno, kernelText }: NetlinkError): boolean {
  if (errno === 'ENOENT' || errno === 'ESRCH' || errno === 'ENODEV') return true
  // A filter whose whole qdisc is gone (__tcf_qdisc_find); the spelling is the kernel's.
  return errno === 'EINVAL' && /^Parent Qdisc doesn't exist/.test(kernelText ?? '')
}
