import { isCodeList, isNetworkList } from './setting-shapes.ts'
import { flag, integer, type Setting, text } from './settings.ts'

/** Settings of waybills, labels, tracking and what belongs to them; a part of the one table in `config.ts`. */
export const PARCEL_SETTINGS = {
  buyerTracking: flag('BUYER_TRACKING', true, {
    zh: '买家查件页 /track：凭订单号和手机尾号查看包裹；false 关闭',
    en: 'the page /track, where buyers see their parcels by order number and the last four digits of the phone',
  }),
  waybillReviewMost: integer('WAYBILL_REVIEW_MOST', 20, 1, 100_000, {
    zh: '待人工处理的面单达到多少个时告警',
    en: 'waybills waiting for a person from which on it is an alarm',
  }),
  trackingFirstScanHours: integer('TRACKING_FIRST_SCAN_HOURS', 4, 1, 720, {
    zh: '打单后多少小时没有首扫算异常（可按承运商和仓库另设）',
    en: 'hours after the waybill without a first scan that are too many; carriers and warehouses may differ',
  }),
  trackingStalledHours: integer('TRACKING_STALLED_HOURS', 72, 1, 1_440, {
    zh: '多少小时没有新扫描算停滞（可按承运商和仓库另设）',
    en: 'hours without a new scan that are too many; carriers and warehouses may differ',
  }),
  trackingCustomsHours: integer('TRACKING_CUSTOMS_HOURS', 48, 1, 1_440, {
    zh: '清关多少小时没有动静算滞留',
    en: 'hours at the customs without a word that are too many',
  }),
  trackingIncompletePermille: integer('TRACKING_INCOMPLETE_PERMILLE', 3, 1, 1_000, {
    zh: '查询补回的物流事件超过千分之几告警',
    en: "events that only asking brought, in thousandths of a carrier's events in 24 h; more is an alarm",
  }),
  trackingRenewMost: integer('TRACKING_RENEW_MOST', 3, 0, 20, {
    zh: '静默包裹最多自动重新订阅几次',
    en: 'times that a silent parcel is subscribed anew by itself',
  }),
  trackingRenewHours: integer('TRACKING_RENEW_HOURS', 12, 1, 720, {
    zh: '两次自动重新订阅至少间隔多少小时',
    en: 'least hours between two of them',
  }),
  reshipWaitingMinutes: integer('RESHIP_WAITING_MINUTES', 120, 1, 10_080, {
    zh: '补发申请等待审批超过多少分钟告警',
    en: 'minutes for which a re-ship may wait for its approval',
  }),
  reshipLossCodes: text('RESHIP_LOSS_CODES', null, isCodeList, 'codes, comma separated', {
    zh: '承运商用来确认丢件的原始状态码，用英文逗号隔开；这些状态算未送达的证据',
    en: 'upstream codes by which carriers confirm a loss, separated by commas; such an event proves non-delivery',
  }),
  poolLowNumbers: integer('POOL_LOW_NUMBERS', 500, 0, 1_000_000, {
    zh: '面单号少于多少个告警并申请；账号可单独设定',
    en: 'waybill numbers left below which an account is low: an alarm, an application, the account that stands in; each account may have its own',
  }),
  poolLowHours: integer('POOL_LOW_HOURS', 2, 0, 168, {
    zh: '面单号按当前用量不足多少小时告警并申请',
    en: 'hours that the numbers left still last, below which an account is low',
  }),
  poolBalanceMinutes: integer('POOL_BALANCE_MINUTES', 10, 1, 1_440, {
    zh: '每隔几分钟向快递公司查询单号余额；余额低时五倍频率',
    en: 'minutes between two questions for a balance of numbers; five times as often while it is low',
  }),
  credentialWarnDays: integer('CREDENTIAL_WARN_DAYS', 30, 1, 365, {
    zh: '凭证到期前多少天开始提醒',
    en: 'days before the end of a credential from which on people are told',
  }),
  credentialUrgentDays: integer('CREDENTIAL_URGENT_DAYS', 7, 1, 365, {
    zh: '凭证到期前多少天再次提醒',
    en: 'days before it at which they are told again',
  }),
  credentialLastDays: integer('CREDENTIAL_LAST_DAYS', 1, 0, 365, {
    zh: '凭证到期前多少天按严重告警',
    en: 'days before it from which on it is critical',
  }),
  credentialRefreshMinutes: integer('CREDENTIAL_REFRESH_MINUTES', 60, 1, 10_080, {
    zh: '令牌到期前多少分钟自动续期；已知有效期的按其五分之一',
    en: 'minutes before the end of a token at which it is renewed by its protocol; where its life is known, a fifth of that',
  }),
  outwardAddresses: text(
    'OUTWARD_ADDRESSES',
    null,
    isNetworkList,
    'addresses or networks, comma separated (203.0.113.7, 198.51.100.0/28)',
    {
      zh: '本系统对外调用的出口 IP，平台拒绝 IP 时显示在告警里',
      en: 'addresses from which our calls go out, shown where a platform refuses our address',
    },
  ),
  labelDays: integer('LABEL_DAYS', 30, 1, 3_650, {
    zh: '面单 PDF 保留天数',
    en: 'days for which the pages of print batches are kept',
  }),
  printAckMinutes: integer('PRINT_ACK_MINUTES', 10, 1, 1_440, {
    zh: '面单发给打印机多少分钟无回执即收回并告警',
    en: 'minutes after which labels that a printer did not acknowledge are taken back and alarmed',
  }),
} as const satisfies Record<string, Setting<unknown>>
