import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition } from '../rule-of-condition.ts'

/** Something was said of an order that the hub could not read: its picture may be wrong until somebody decides the code. */
export const parkedMessages = ruleOfCondition({
  id: 'parked_messages',
  zh: '订单有报文未读懂',
  en: 'Messages not understood',
  minutes: 10,
  dueMinutes: 240,
  severity: 'warning',
  next: {
    zh: '在状态映射里决定未知代码，报文会自动重放',
    en: 'Decide the unknown code in the status mapping; the messages go on by themselves',
    action: 'open_messages',
  },
  about: 'order',
  condition: ({ among }) => fragment`
    select o.id as key, o.id as order_id, o.connection_id, min(coalesce(t.parked_at, t.received_at)) as since,
      null::timestamptz as deadline, jsonb_build_object('orderNo', min(o.order_no), 'code', min(t.park_code),
        'messages', count(*), 'connection', min(m.connection_id)) as evidence
    from inbox_task t
    join inbox_message m on m.id = t.message_id and m.received_at = t.received_at
    join sales_order o on o.order_no = m.order_no and (o.connection_id = m.connection_id or not exists (
      select 1 from sales_order s where s.order_no = m.order_no and s.connection_id = m.connection_id))
    where t.state = 'parked' and m.order_no is not null and ${among(fragment`o.id`)}
    group by o.id, o.connection_id`,
  words: ({ evidence }) => ({
    zh: `这个订单有报文没读懂（${evidence.code ?? '原因不明'}），状态可能不全`,
    en: `A message about this order was not understood (${evidence.code ?? 'no code'}); its status may be incomplete`,
  }),
})

/** Parked, and no order has its number: it may be the order itself that nobody sees. */
export const parkedUnknownOrder = ruleOfCondition({
  id: 'parked_unknown_order',
  zh: '报文未读懂且订单未建',
  en: 'Unread message, no order',
  minutes: 5,
  dueMinutes: 60,
  severity: 'critical',
  next: {
    zh: '打开报文看原因：决定代码或修正连接后重放',
    en: 'Open the message: decide its code or mend the connection, then replay it',
    action: 'open_messages',
  },
  about: 'message',
  condition: ({ among }) => fragment`
    select t.message_id as key, null::bigint as order_id, m.connection_id, coalesce(t.parked_at, t.received_at) as since,
      null::timestamptz as deadline, jsonb_build_object('orderNo', m.order_no, 'code', t.park_code, 'connection', m.connection_id,
        'message', to_char(m.received_at at time zone 'UTC', 'YYYYMMDD') || '-' || m.id) as evidence
    from inbox_task t
    join inbox_message m on m.id = t.message_id and m.received_at = t.received_at
    where t.state = 'parked' and m.order_no is not null and ${among(fragment`t.message_id`)}
      and not exists (select 1 from sales_order s where s.order_no = m.order_no)`,
  words: ({ evidence }) => ({
    zh: `报文没读懂（${evidence.code ?? '原因不明'}），订单 ${evidence.orderNo} 还不存在`,
    en: `A message was not understood (${evidence.code ?? 'no code'}), and order ${evidence.orderNo} does not exist yet`,
  }),
})
