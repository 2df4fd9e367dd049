import { commandLine } from '../topology/host-command.ts'
import { homeAgentAddress, hostAddress, mobileNodes } from '../topology/hosts.ts'
import type { RunningRoles } from '../topology/running-roles.ts'

/**
 * What a script or a command of the user finds in its environment: the names of the hosts (each a network namespace), their addresses
 * as SOJOURN_<HOST>_ADDRESS (a node's is its home address), a folder that comes back to him, and how to reach the operator API.
 */
export function sessionEnvironment(roles: RunningRoles, reportFolder: string): Record<string, string> {
  const addresses = {
    ...hostAddress,
    mn1: mobileNodes.mn1.homeAddress,
    mn2: mobileNodes.mn2.homeAddress,
    home_agent: homeAgentAddress,
  }
  return {
    SOJOURN_HOSTS: roles.hosts.join(' '),
    ...Object.fromEntries(
      Object.entries(addresses).map(([name, address]) => [`SOJOURN_${name.toUpperCase()}_ADDRESS`, address]),
    ),
    SOJOURN_REPORT: reportFolder,
    SOJOURN_COMMAND: commandLine(roles.command()),
    // The API listens in host hs only: `ip netns exec hs ...`.
    ...roles.operatorEnvironment,
  }
}
