import { SendOutlined } from '@ant-design/icons'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Select } from 'antd'
import { useMemo } from 'react'
import { DELIVERY_STATES, type Delivery } from '#/api/alarm-types.ts'
import { useNotifiers } from '#/api/alarms.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const LOG = '/api/alarm-deliveries'
const rowKey = (row: Delivery) => row.id
const rowName = (row: Delivery) => row.title

/** Every notice and every test, with what the platform said. */
export function DeliveryLog() {
  const { t, word } = useWording()
  const { sent, target } = useSearch({ from: '/shell/alarms' })
  const navigate = useNavigate({ from: '/alarms' })
  const change = (part: { sent?: string | undefined; target?: string | undefined }) => {
    void navigate({ search: (old) => ({ ...old, ...part }) as object, replace: true })
  }
  const query = useMemo(() => ({ state: sent, target }), [sent, target])
  const list = useCursorList<Delivery>(LOG, query)
  const live = useLivePoll<Delivery>({
    path: LOG,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('alarmLog.newPill', { n }),
  })
  const columns = useLogColumns()
  const notifiers = useNotifiers()
  return (
    <ListView<Delivery>
      name="alarm-log"
      label={t('alarms.tab.log')}
      columns={columns}
      rowKey={rowKey}
      rowName={rowName}
      list={list}
      live={live}
      onOpen={(row) => {
        const [alarm] = row.alarms
        if (alarm) void navigate({ search: { open: alarm } })
      }}
      filters={
        <>
          <Select
            allowClear
            className="hf-filter"
            aria-label={t('alarmLog.col.state')}
            placeholder={t('alarmLog.col.state')}
            value={sent ?? null}
            onChange={(state: string | null) => change({ sent: state ?? undefined })}
            options={DELIVERY_STATES.map((value) => ({ value, label: word('delivery', value) }))}
          />
          <Select
            allowClear
            className="hf-filter"
            aria-label={t('alarmLog.col.target')}
            placeholder={t('alarmLog.col.target')}
            value={target ?? null}
            onChange={(id: string | null) => change({ target: id ?? undefined })}
            options={notifiers.map(({ id, name }) => ({ value: id, label: name }))}
            popupMatchSelectWidth={false}
          />
        </>
      }
      filtered={Boolean(sent ?? target)}
      onClearFilters={() => void navigate({ search: { tab: 'log' } })}
      empty={
        <TeachingEmpty
          icon={<SendOutlined />}
          title={t('alarmLog.empty.title')}
          hint={t('alarmLog.empty.hint')}
        />
      }
    />
  )
}

function useLogColumns(): readonly ListColumn<Delivery>[] {
  const { t, word } = useWording()
  return useMemo(() => {
    const column = (
      key: string,
      width: number,
      render: ListColumn<Delivery>['render'],
      more: Partial<ListColumn<Delivery>> = {},
    ): ListColumn<Delivery> => ({
      key,
      title: t(`alarmLog.col.${key}` as 'alarmLog.col.state'),
      width,
      render,
      ...more,
    })
    return [
      column('createdAt', 110, (row) => <TimeText at={row.createdAt} />),
      column('kind', 72, (row) => word('noticeKind', row.kind)),
      column('notice', 300, (row) => <span title={row.title}>{row.title}</span>, { pinned: true }),
      column('target', 160, (row) => row.target.name),
      column('state', 92, (row) => <CodeTag family="delivery" code={row.state} dot />),
      column('words', 280, (row) => (
        <span title={row.words ?? ''}>
          {row.direct ? <Tag tone="wait">{t('alarmLog.direct')}</Tag> : null}{' '}
          <span className="hf-faint">{row.words}</span>
        </span>
      )),
      column('next', 110, (row) => <TimeText at={row.nextAt} />),
      column('route', 120, (row) => row.route?.name ?? '', { hidden: true }),
    ]
  }, [t, word])
}
