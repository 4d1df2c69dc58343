export const SECRET_PUSH = 'bench-push-header'

const SCANS = [
  { opCode: '50', remark: '顺丰速运 已收取快件', place: '深圳市' },
  { opCode: '30', remark: '快件在【深圳总集散中心】完成分拣，准备发往【杭州总集散中心】', place: '深圳市' },
  { opCode: '31', remark: '快件到达【杭州总集散中心】', place: '杭州市' },
  { opCode: '30', remark: '快件在【杭州总集散中心】完成分拣，准备发往【杭州余杭营业点】', place: '杭州市' },
  { opCode: '44', remark: '正在派送途中，请您准备签收', place: '杭州市' },
  { opCode: '80', remark: '已签收，感谢使用顺丰', place: '杭州市' },
  { opCode: '8000', remark: '在官网"运单资料&签收图"可查看签收人信息', place: '杭州市' },
] as const

type Scan = { readonly parcel: number; readonly scan: number; readonly at?: Temporal.Instant }

/**
 * One scan of a parcel as SF pushes it; the order is the bench's Shopify order of the same number. Without a time the scans are four
 * hours apart, from 双11 on.
 */
export function sfRequest(path: string, { parcel, scan, at }: Scan): Buffer {
  const { opCode, remark, place } = SCANS[scan % SCANS.length] ?? SCANS[0]
  const local =
    at?.toZonedDateTimeISO('Asia/Shanghai').toPlainDateTime() ??
    Temporal.PlainDateTime.from('2026-11-11T08:00:09').add({
      days: Math.floor(scan / 3),
      hours: (scan % 3) * 4,
      minutes: parcel % 60,
    })
  const body = Buffer.from(
    JSON.stringify({
      Body: {
        WaybillRoute: [
          {
            mailno: `SF1${String(parcel).padStart(12, '0')}`,
            acceptAddress: place,
            reasonName: '',
            orderid: `B${parcel}`,
            acceptTime: local.toString({ smallestUnit: 'second' }).replace('T', ' '),
            remark,
            opCode,
            id: `${parcel}${String(scan).padStart(3, '0')}`,
            reasonCode: '',
          },
        ],
      },
    }),
  )
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-push: ${SECRET_PUSH}`,
  ].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body])
}
