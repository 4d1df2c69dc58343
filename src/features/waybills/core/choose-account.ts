import type { Words } from '#domain/notice.ts'

/** An account as the choice sees it. */
export type Account = {
  readonly id: bigint
  readonly connectionId: string
  readonly carrier: string
  readonly name: string
  readonly service: string | null
  /** Empty: all. */
  readonly warehouses: readonly string[]
  readonly priority: number
  readonly mode: 'auto' | 'by_hand'
  readonly active: boolean
  readonly blockedCode: string | null
  /** Its connection is paused, gone or cannot make waybills. */
  readonly isAway: boolean
  /** Channels whose sealed recipients it opens. */
  readonly opens: readonly string[]
}

/** Numbers of an account, as its pool tells. */
export type PoolStanding = {
  readonly left: number | null
  readonly isLow: boolean
  /** Account to use instead while it is low. */
  readonly failOverTo: string | null
}

export type AccountAsk = {
  readonly warehouse: string | null
  /** Named by rules or by a person; null: whatever serves the warehouse. */
  readonly carrier: string | null
  /** What freight was worked out with: taken where one of its accounts can be used, else another carrier. */
  readonly prefers: string | null
  readonly service: string | null
  readonly accountId: bigint | null
  /** Connector kind of a shop whose recipient only it can open; null: plain. */
  readonly sealedBy: string | null
  /** Tried for this waybill and refused for good. */
  readonly tried: readonly bigint[]
  /** A person asks: accounts that wait for a person count too. */
  readonly byHand: boolean
}

export type AccountChoice =
  | {
      readonly is: 'chosen'
      readonly account: Account
      readonly service: string | null
      readonly because: Words
    }
  /** No account is there for that warehouse at all: waybills are made elsewhere. */
  | { readonly is: 'elsewhere' }
  | { readonly is: 'none'; readonly code: string; readonly words: Words }

/**
 * The account that makes a waybill: those of the named carrier that serve the warehouse, not blocked, in order of priority; one whose
 * pool is low gives way to its stand-in. Says why where none is left.
 */
export function chooseAccount(
  accounts: readonly Account[],
  pools: ReadonlyMap<string, PoolStanding>,
  ask: AccountAsk,
): AccountChoice {
  const serving = accounts.filter(
    (one) =>
      one.active &&
      (ask.byHand || one.mode === 'auto') &&
      (one.warehouses.length === 0 || (ask.warehouse !== null && one.warehouses.includes(ask.warehouse))),
  )
  if (serving.length === 0 && ask.accountId === null)
    return ask.byHand ? none('waybills.no_account', NO_ACCOUNT) : { is: 'elsewhere' }
  const named =
    ask.accountId === null
      ? serving.filter((one) => ask.carrier === null || one.carrier === ask.carrier)
      : accounts.filter((one) => one.id === ask.accountId && one.active)
  if (named.length === 0) return none('waybills.no_account', noCarrier(ask.carrier))
  // A shop whose recipients nobody here can open prints by its own platform.
  if (ask.sealedBy !== null && !ask.byHand && !serving.some((one) => one.opens.includes(ask.sealedBy ?? '')))
    return { is: 'elsewhere' }
  const opening = named.filter((one) => ask.sealedBy === null || one.opens.includes(ask.sealedBy))
  if (opening.length === 0) return none('waybills.recipient_sealed', SEALED)
  const usable = opening
    .filter((one) => !ask.tried.includes(one.id) && !one.isAway)
    .filter((one) => one.blockedCode === null || ask.accountId === one.id)
    .toSorted((a, b) => a.priority - b.priority || Number(a.id - b.id))
  if (usable.length === 0) return none('waybills.accounts_blocked', blocked(opening))
  const filled = usable.filter((one) => pools.get(one.id.toString())?.left !== 0)
  const first = filled.find((one) => one.carrier === ask.prefers) ?? filled[0] ?? usable[0]
  if (first === undefined) return none('waybills.accounts_blocked', blocked(opening))
  const standIn = ask.accountId === null ? standInOf(first, pools, accounts, ask) : null
  const account = standIn ?? first
  if (pools.get(account.id.toString())?.left === 0) return none('waybills.pool_empty', emptyPool(account))
  return {
    is: 'chosen',
    account,
    service:
      account.carrier === (ask.carrier ?? account.carrier)
        ? (ask.service ?? account.service)
        : account.service,
    because: standIn === null ? becauseOf(ask, account) : insteadOf(first, account),
  }
}

function standInOf(
  first: Account,
  pools: ReadonlyMap<string, PoolStanding>,
  accounts: readonly Account[],
  ask: AccountAsk,
): Account | null {
  const pool = pools.get(first.id.toString())
  if (pool === undefined || !pool.isLow || pool.failOverTo === null) return null
  const other = accounts.find((one) => one.id.toString() === pool.failOverTo)
  if (other === undefined || !other.active || other.isAway || other.blockedCode !== null) return null
  if (ask.tried.includes(other.id) || pools.get(other.id.toString())?.left === 0) return null
  if (ask.sealedBy !== null && !other.opens.includes(ask.sealedBy)) return null
  return other
}

function none(code: string, words: Words): AccountChoice {
  return { is: 'none', code, words }
}

const NO_ACCOUNT: Words = {
  zh: '没有能服务这个仓库的承运商账号；在「电子面单 · 账号」里加一个',
  en: 'no carrier account serves this warehouse; add one under Waybills, Accounts',
}
const SEALED: Words = {
  zh: '收件人由平台加密，这些账号都打不开；要用平台自己的电子面单',
  en: 'the recipient is sealed by the platform and none of these accounts opens it; use the platform’s own waybill',
}

function noCarrier(carrier: string | null): Words {
  return carrier === null
    ? NO_ACCOUNT
    : {
        zh: `规则指定 ${carrier}，但没有服务这个仓库的 ${carrier} 账号`,
        en: `${carrier} was asked for, and no account of ${carrier} serves this warehouse`,
      }
}

function blocked(accounts: readonly Account[]): Words {
  const list = accounts
    .map((one) => `${one.name}（${one.blockedCode ?? (one.isAway ? 'paused' : 'refused')}）`)
    .join('、')
  const english = accounts
    .map((one) => `${one.name} (${one.blockedCode ?? (one.isAway ? 'paused' : 'refused')})`)
    .join(', ')
  return { zh: `账号都不可用：${list}`, en: `no account can be used: ${english}` }
}

function emptyPool(account: Account): Words {
  return { zh: `${account.name} 的单号用完了`, en: `${account.name} has no numbers left` }
}

function becauseOf(ask: AccountAsk, account: Account): Words {
  if (ask.accountId !== null) return { zh: '人工指定', en: 'a person named it' }
  if (ask.carrier !== null) return { zh: `规则指定 ${ask.carrier}`, en: `rules name ${ask.carrier}` }
  if (ask.prefers === account.carrier)
    return { zh: `运费按 ${account.carrier} 计`, en: `freight was worked out with ${account.carrier}` }
  return { zh: `优先级 ${account.priority}`, en: `priority ${account.priority}` }
}

function insteadOf(first: Account, account: Account): Words {
  return {
    zh: `${first.name} 单号不足，改用 ${account.name}`,
    en: `${first.name} runs low on numbers: ${account.name} instead`,
  }
}
