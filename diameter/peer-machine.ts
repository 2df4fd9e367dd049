/**
 * The peer state machine of RFC 6733, section 5.6. I- is the connection that we opened, R- the one that we accepted.
 * Rows that the RFC's table lacks, each marked with +:
 * - Stop before a peer is open ends the attempt, so that a node can be stopped at any moment;
 * - both sides may send DPR at once: the one that comes while Closing is answered;
 * - a CEA that refuses us while we wait for the election (the peer has won it, or lost it and says so first, as freeDiameter does)
 *   is the end of that connection, as if the peer had closed it.
 * An event without a row changes nothing.
 */
export const peerStates = [
  'Closed',
  'Wait-Conn-Ack',
  'Wait-I-CEA',
  'Wait-Conn-Ack/Elect',
  'Wait-Returns',
  'R-Open',
  'I-Open',
  'Closing',
] as const
export type PeerState = (typeof peerStates)[number]

export const peerEvents = [
  'Start',
  'Stop',
  'Timeout',
  'R-Conn-CER',
  'I-Rcv-Conn-Ack',
  'I-Rcv-Conn-Nack',
  'I-Rcv-CEA',
  'I-Rcv-Non-CEA',
  'Win-Election',
  'I-Peer-Disc',
  'R-Peer-Disc',
  'Send-Message',
  'I-Rcv-Message',
  'R-Rcv-Message',
  'I-Rcv-DWR',
  'R-Rcv-DWR',
  'I-Rcv-DWA',
  'R-Rcv-DWA',
  'I-Rcv-DPR',
  'R-Rcv-DPR',
  'I-Rcv-DPA',
  'R-Rcv-DPA',
] as const
export type PeerEvent = (typeof peerEvents)[number]

export type PeerAction =
  | 'I-Snd-Conn-Req'
  | 'I-Snd-CER'
  | 'R-Accept'
  | 'R-Reject'
  | 'Process-CER'
  | 'Process-CEA'
  | 'R-Snd-CEA'
  | 'Elect'
  | 'I-Disc'
  | 'R-Disc'
  | 'Cleanup'
  | 'Error'
  | 'I-Snd-Message'
  | 'R-Snd-Message'
  | 'Process'
  | 'Process-DWR'
  | 'Process-DWA'
  | 'I-Snd-DWA'
  | 'R-Snd-DWA'
  | 'I-Snd-DPR'
  | 'R-Snd-DPR'
  | 'I-Snd-DPA'
  | 'R-Snd-DPA'

type Row = readonly [actions: readonly PeerAction[], next: PeerState]

const table: Record<PeerState, Partial<Record<PeerEvent, Row>>> = {
  Closed: {
    Start: [['I-Snd-Conn-Req'], 'Wait-Conn-Ack'],
    'R-Conn-CER': [['R-Accept', 'Process-CER', 'R-Snd-CEA'], 'R-Open'],
  },
  'Wait-Conn-Ack': {
    'I-Rcv-Conn-Ack': [['I-Snd-CER'], 'Wait-I-CEA'],
    'I-Rcv-Conn-Nack': [['Cleanup'], 'Closed'],
    'R-Conn-CER': [['R-Accept', 'Process-CER'], 'Wait-Conn-Ack/Elect'],
    Timeout: [['Error'], 'Closed'],
    Stop: [['Cleanup'], 'Closed'], // +
  },
  'Wait-I-CEA': {
    'I-Rcv-CEA': [['Process-CEA'], 'I-Open'],
    'R-Conn-CER': [['R-Accept', 'Process-CER', 'Elect'], 'Wait-Returns'],
    'I-Peer-Disc': [['I-Disc'], 'Closed'],
    'I-Rcv-Non-CEA': [['Error'], 'Closed'],
    Timeout: [['Error'], 'Closed'],
    Stop: [['Cleanup'], 'Closed'], // +
  },
  'Wait-Conn-Ack/Elect': {
    'I-Rcv-Conn-Ack': [['I-Snd-CER', 'Elect'], 'Wait-Returns'],
    'I-Rcv-Conn-Nack': [['R-Snd-CEA'], 'R-Open'],
    'R-Peer-Disc': [['R-Disc'], 'Wait-Conn-Ack'],
    'R-Conn-CER': [['R-Reject'], 'Wait-Conn-Ack/Elect'],
    Timeout: [['Error'], 'Closed'],
    Stop: [['Cleanup'], 'Closed'], // +
  },
  'Wait-Returns': {
    'Win-Election': [['I-Disc', 'R-Snd-CEA'], 'R-Open'],
    'I-Peer-Disc': [['I-Disc', 'R-Snd-CEA'], 'R-Open'],
    'I-Rcv-Non-CEA': [['I-Disc', 'R-Snd-CEA'], 'R-Open'], // +
    'I-Rcv-CEA': [['R-Disc', 'Process-CEA'], 'I-Open'],
    'R-Peer-Disc': [['R-Disc'], 'Wait-I-CEA'],
    'R-Conn-CER': [['R-Reject'], 'Wait-Returns'],
    Timeout: [['Error'], 'Closed'],
    Stop: [['Cleanup'], 'Closed'], // +
  },
  'R-Open': {
    'Send-Message': [['R-Snd-Message'], 'R-Open'],
    'R-Rcv-Message': [['Process'], 'R-Open'],
    'R-Rcv-DWR': [['Process-DWR', 'R-Snd-DWA'], 'R-Open'],
    'R-Rcv-DWA': [['Process-DWA'], 'R-Open'],
    'R-Conn-CER': [['R-Reject'], 'R-Open'],
    Stop: [['R-Snd-DPR'], 'Closing'],
    'R-Rcv-DPR': [['R-Snd-DPA'], 'Closing'],
    'R-Peer-Disc': [['R-Disc'], 'Closed'],
  },
  'I-Open': {
    'Send-Message': [['I-Snd-Message'], 'I-Open'],
    'I-Rcv-Message': [['Process'], 'I-Open'],
    'I-Rcv-DWR': [['Process-DWR', 'I-Snd-DWA'], 'I-Open'],
    'I-Rcv-DWA': [['Process-DWA'], 'I-Open'],
    'R-Conn-CER': [['R-Reject'], 'I-Open'],
    Stop: [['I-Snd-DPR'], 'Closing'],
    'I-Rcv-DPR': [['I-Snd-DPA'], 'Closing'],
    'I-Peer-Disc': [['I-Disc'], 'Closed'],
  },
  Closing: {
    'I-Rcv-DPA': [['I-Disc'], 'Closed'],
    'R-Rcv-DPA': [['R-Disc'], 'Closed'],
    Timeout: [['Error'], 'Closed'],
    'I-Peer-Disc': [['I-Disc'], 'Closed'],
    'R-Peer-Disc': [['R-Disc'], 'Closed'],
    'R-Conn-CER': [['R-Reject'], 'Closing'], // +
    'I-Rcv-DPR': [['I-Snd-DPA'], 'Closing'], // +
    'R-Rcv-DPR': [['R-Snd-DPA'], 'Closing'], // +
  },
}

export interface PeerStep {
  next: PeerState
  actions: readonly PeerAction[]
}

export function step(state: PeerState, event: PeerEvent): PeerStep {
  const [actions, next] = table[state][event] ?? [[], state]
  return { next, actions }
}

export function isOpen(state: PeerState): boolean {
  return state === 'I-Open' || state === 'R-Open'
}

/** Whether the next message on the connection that we opened has to be a CEA. */
export function isAwaitingCea(state: PeerState): boolean {
  return state === 'Wait-I-CEA' || state === 'Wait-Returns'
}

/** RFC 6733, section 5.6.4: the greater Origin-Host wins, compared as bytes with a-z equal to A-Z. */
export function winsElection(ownIdentity: string, peerIdentity: string): boolean {
  return Buffer.compare(Buffer.from(ownIdentity.toUpperCase()), Buffer.from(peerIdentity.toUpperCase())) > 0
}
