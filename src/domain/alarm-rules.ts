import type { Severity, Words } from './notice.ts'

/** A kind of trouble that the hub looks for: what it is called and how bad it is as a rule. `docs/runbooks/<rule>.md` is its card. */
export type AlarmRule = Words & { readonly rule: string; readonly severity: Severity }

/**
 * Every rule that some part of the hub raises. One line here, one card in `docs/runbooks/`, and words at the place that raises it:
 * `tidy/alarm-rules.test.ts` ties the three together. The severity is the usual one; a signal may say that it is worse.
 */
export const ALARM_RULES: readonly AlarmRule[] = [
  {
    rule: 'alerting.undeliverable',
    severity: 'warning',
    zh: '告警通知送不出去',
    en: 'Notices do not get through',
  },
  {
    rule: 'backlog.dead_letters',
    severity: 'warning',
    zh: '同一原因搁置过多',
    en: 'Many messages parked for one reason',
  },
  { rule: 'backlog.deep', severity: 'warning', zh: '泳道积压过深', en: 'A lane is backed up' },
  {
    rule: 'backlog.old',
    severity: 'warning',
    zh: '最早的消息等得太久',
    en: 'The oldest message waits too long',
  },
  {
    rule: 'backlog.queue_deep',
    severity: 'warning',
    zh: '外部队列积压',
    en: 'An outside queue is backed up',
  },
  {
    rule: 'backlog.queue_unseen',
    severity: 'warning',
    zh: '外部队列读不到深度',
    en: "An outside queue's depth cannot be read",
  },
  { rule: 'callback.all_rejected', severity: 'critical', zh: '推送全部被拒', en: 'Every push is rejected' },
  {
    rule: 'callback.signature_failures',
    severity: 'critical',
    zh: '推送验签失败过多',
    en: 'Many pushes fail verification',
  },
  { rule: 'callback.silent', severity: 'critical', zh: '推送静默', en: 'A connection has gone silent' },
  { rule: 'callback.slow', severity: 'warning', zh: '应答平台过慢', en: 'Pushes are acknowledged late' },
  {
    rule: 'callback.unavailable',
    severity: 'critical',
    zh: '推送被答复稍后再发',
    en: 'Pushes are told to come back later',
  },
  {
    rule: 'callback.wrong_address',
    severity: 'warning',
    zh: '平台登记的回调地址不对',
    en: 'The platform has another callback address',
  },
  { rule: 'capture.findings', severity: 'warning', zh: '库存差异待定', en: 'Stock differences wait' },
  { rule: 'capture.gap', severity: 'warning', zh: '采集漏了变更', en: 'Capture missed changes' },
  {
    rule: 'capture.lagging',
    severity: 'warning',
    zh: '仓库库存采集延迟',
    en: "A warehouse's stock comes late",
  },
  {
    rule: 'capture.schema_changed',
    severity: 'warning',
    zh: '采集的表结构变了',
    en: 'A captured table has changed',
  },
  {
    rule: 'capture.stopped',
    severity: 'critical',
    zh: '仓库库存采集中断',
    en: "A warehouse's stock is not captured",
  },
  { rule: 'connection.stream_down', severity: 'warning', zh: '长连接断开', en: 'A stream is down' },
  {
    rule: 'database.unreachable',
    severity: 'critical',
    zh: '数据库连不上',
    en: 'The database cannot be reached',
  },
  {
    rule: 'fallback.falling_behind',
    severity: 'warning',
    zh: '兜底轮询跟不上',
    en: 'Fallback polls fall behind',
  },
  {
    rule: 'fallback.finds_much',
    severity: 'warning',
    zh: '轮询先于推送发现过多',
    en: 'Polls find what pushes should have told',
  },
  {
    rule: 'hub.level_1',
    severity: 'critical',
    zh: '一级应急：本地暂存接单',
    en: 'Level 1: orders are kept on local disk',
  },
  {
    rule: 'journal.reader_behind',
    severity: 'warning',
    zh: '流水读取落后',
    en: 'A reader of the journal lags',
  },
  {
    rule: 'journal.reader_stuck',
    severity: 'warning',
    zh: '流水读取卡住',
    en: 'A reader of the journal is stuck',
  },
  {
    rule: 'outbox.dead',
    severity: 'warning',
    zh: '对外动作已放弃重试',
    en: 'Calls to a platform were given up',
  },
  {
    rule: 'outward.breaker_open',
    severity: 'critical',
    zh: '对外调用已熔断',
    en: 'Calls to a system are held back',
  },
  {
    rule: 'outward.rejected_credentials',
    severity: 'critical',
    zh: '凭据被拒绝',
    en: 'Credentials are rejected',
  },
  {
    rule: 'outward.throttled',
    severity: 'warning',
    zh: '账号被平台限流',
    en: 'A platform asks for fewer calls',
  },
  { rule: 'promise.at_risk', severity: 'warning', zh: '即将违反时效承诺', en: 'Promises are about to break' },
  { rule: 'promise.breached', severity: 'critical', zh: '已违反时效承诺', en: 'Promises were broken' },
  {
    rule: 'pull.clock_jumped',
    severity: 'warning',
    zh: '轮询位置超前于时间',
    en: 'A poll stood ahead of the time',
  },
  {
    rule: 'pull.too_many_pages',
    severity: 'warning',
    zh: '一秒内变更过多，未查全',
    en: 'A second had too many changes to read',
  },
  {
    rule: 'review.flood',
    severity: 'warning',
    zh: '同类异常激增',
    en: 'One kind of trouble floods the workbench',
  },
  {
    rule: 'review.overdue',
    severity: 'warning',
    zh: '异常超期无人处理',
    en: 'Cases are overdue and nobody has them',
  },
  {
    rule: 'rules.not_loaded',
    severity: 'critical',
    zh: '规则版本无法加载',
    en: 'A version of rules cannot be loaded',
  },
  {
    rule: 'rules.review_flood',
    severity: 'warning',
    zh: '规则判不了的订单过多',
    en: 'Rules leave many orders to review',
  },
  {
    rule: 'rules.rolled_back',
    severity: 'warning',
    zh: '灰度被护栏自动回滚',
    en: 'A guard took a gray version back',
  },
  {
    rule: 'sellable.push_behind',
    severity: 'warning',
    zh: '渠道库存未更新到平台',
    en: 'A channel is behind with its stock',
  },
  {
    rule: 'sellable.push_refused',
    severity: 'warning',
    zh: '平台拒绝了库存更新',
    en: 'A channel refuses its stock',
  },
  { rule: 'spool.conflict', severity: 'warning', zh: '合并冲突待定', en: 'Conflicts of a merge wait' },
  { rule: 'spool.damaged', severity: 'critical', zh: '暂存文件损坏', en: 'A spool file is damaged' },
  { rule: 'spool.filling', severity: 'warning', zh: '暂存空间将满', en: 'The spool fills up' },
  { rule: 'spool.full', severity: 'critical', zh: '暂存空间已满', en: 'The spool is full' },
  { rule: 'spool.stuck', severity: 'warning', zh: '暂存未能并回数据库', en: 'The spool does not drain' },
  {
    rule: 'spool.unwritable',
    severity: 'critical',
    zh: '暂存目录写不进去',
    en: 'The spool cannot be written',
  },
  {
    rule: 'stock.audit',
    severity: 'warning',
    zh: '订单与锁库不符',
    en: 'Orders and locks did not fit',
  },
  {
    rule: 'stock.ledger_differs',
    severity: 'critical',
    zh: '库存账不平',
    en: 'The stock ledger does not balance',
  },
  {
    rule: 'stock.lock_rate',
    severity: 'warning',
    zh: '锁库成功率低',
    en: 'Too few locks succeed',
  },
  {
    rule: 'stock.locks_overdue',
    severity: 'warning',
    zh: '锁库超时未释放',
    en: 'Locks are past their deadline',
  },
  {
    rule: 'stock.no_route',
    severity: 'critical',
    zh: '订单没有可用仓库',
    en: 'No warehouse serves an order',
  },
  {
    rule: 'stock.orders_short',
    severity: 'warning',
    zh: '已付款订单缺货',
    en: 'Paid orders are short of stock',
  },
  {
    rule: 'stock.redis_away',
    severity: 'warning',
    zh: '库存前置 Redis 不可用',
    en: 'Redis in front of the stock is away',
  },
  {
    rule: 'stock.unlock_waiting',
    severity: 'warning',
    zh: '强制解锁没人审批',
    en: 'A forced unlock waits for approval',
  },
  {
    rule: 'tls.chain',
    severity: 'critical',
    zh: '证书链不完整或不受信任',
    en: 'A certificate chain is not trusted',
  },
  { rule: 'tls.expired', severity: 'critical', zh: '证书已过期', en: 'A certificate has expired' },
  { rule: 'tls.expiring', severity: 'warning', zh: '证书即将过期', en: 'A certificate expires soon' },
  { rule: 'tls.name', severity: 'critical', zh: '证书与域名不符', en: 'A certificate is for another name' },
  {
    rule: 'tls.unreachable',
    severity: 'critical',
    zh: '公网地址连不上',
    en: 'Our public address cannot be reached',
  },
  {
    rule: 'transfer.lock_late',
    severity: 'warning',
    zh: '调拨单没锁到货',
    en: 'A transfer has no lock',
  },
  {
    rule: 'transfer.overdue',
    severity: 'warning',
    zh: '调拨在途超期',
    en: 'A transfer has not arrived in time',
  },
]

const BY_NAME = new Map(ALARM_RULES.map((one) => [one.rule, one]))

/** The rule's entry, or null for one of another version of the hub. */
export function alarmRule(rule: string): AlarmRule | null {
  return BY_NAME.get(rule) ?? null
}
