import { unreachable } from '#kernel/assert.ts'
import type { Answered, StockCommand } from '../commands.ts'
import { decideAdjust, decideQuota } from './decide-adjust.ts'
import { decideCommit, decideRelease, decideRenew } from './decide-end.ts'
import { decideLock } from './decide-lock.ts'
import type { Ledger } from './ledger.ts'

/** Decides one command on the ledger as the commands before it left it. A refused command changes nothing. */
export function decide(ledger: Ledger, command: StockCommand): Answered {
  switch (command.do) {
    case 'lock':
      return decideLock(ledger, command)
    case 'release':
      return decideRelease(ledger, command)
    case 'commit':
      return decideCommit(ledger, command)
    case 'renew':
      return decideRenew(ledger, command)
    case 'adjust':
      return decideAdjust(ledger, command)
    case 'quota':
      return decideQuota(ledger, command)
    default:
      return unreachable(command, 'ST0')
  }
}
