import { BellOutlined, CheckCircleOutlined, SearchOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { App, Button, Input, Popconfirm, Select } from 'antd'
import { useMemo } from 'react'
import { ALARM_STATES, type Alarm, SEVERITIES } from '#/api/alarm-types.ts'
import { alarmSummaryQuery } from '#/api/alarms.ts'
import { type Query, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs, nowMs } from '#/lib/time.ts'
import { FilterChip } from '#/parts/filter-chip.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn, Selection } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { AlarmDrawer } from './alarm-drawer.tsx'
import { AlarmSide } from './alarm-side.tsx'
import { useTargetWords } from './alarm-target.ts'
import type { AlarmsChange } from './alarms-page.tsx'

const ALARMS = '/api/alarms'
const rowKey = (row: Alarm) => row.id
const rowName = (row: Alarm) => row.words.zh

export function AlarmList() {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const {
    order: _order,
    message: _message,
    tab: _tab,
    open,
    sent: _sent,
    target: _target,
    ...filter
  } = useSearch({
    from: '/shell/alarms',
  })
  const navigate = useNavigate({ from: '/alarms' })
  const change = (part: AlarmsChange) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as object, replace: true })
  }
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<Alarm>(ALARMS, query)
  const live = useLivePoll<Alarm>({
    path: ALARMS,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('alarms.newPill', { n: n >= 100 ? '100+' : n }),
  })
  const summary = useQuery(alarmSummaryQuery)
  const columns = useAlarmColumns()
  const refresh = () => {
    list.refresh()
    void client.invalidateQueries({ queryKey: ['alarms'] })
  }
  return (
    <div className="hf-split">
      <ListView<Alarm>
        name="alarms"
        label={t('alarms.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        live={live}
        openKey={open}
        onOpen={(row) => change({ open: row.id })}
        filters={<AlarmFilters filter={filter} onChange={change} />}
        filtered={Object.keys(filter).length > 0}
        onClearFilters={() => void navigate({ search: {} })}
        empty={
          <TeachingEmpty
            icon={<CheckCircleOutlined />}
            title={t('alarms.empty.title')}
            hint={t('alarms.empty.hint')}
          >
            <Button icon={<BellOutlined />} onClick={() => void navigate({ search: { tab: 'routes' } })}>
              {t('alarms.empty.routes')}
            </Button>
          </TeachingEmpty>
        }
        {...(can('alarms:write')
          ? { bulk: (selection) => <AlarmBulk selection={selection} onDone={refresh} /> }
          : {})}
      />
      <AlarmSide summary={summary.data} rule={filter.rule} onPick={change} />
      {open ? (
        <AlarmDrawer id={open} onClose={() => change({ open: undefined })} onChanged={refresh} />
      ) : null}
    </div>
  )
}

function AlarmFilters({
  filter,
  onChange,
}: {
  readonly filter: AlarmsChange
  readonly onChange: (change: AlarmsChange) => void
}) {
  const { t, word } = useWording()
  return (
    <>
      <span data-list-search="" className="hf-search">
        <Input
          allowClear
          prefix={<SearchOutlined aria-hidden="true" />}
          aria-label={t('alarms.search')}
          placeholder={t('alarms.search')}
          defaultValue={filter.q ?? ''}
          onPressEnter={(event) => onChange({ q: event.currentTarget.value.trim() || undefined })}
          onClear={() => onChange({ q: undefined })}
        />
      </span>
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('alarms.filter.state')}
        placeholder={t('alarms.filter.state')}
        value={filter.state ?? null}
        onChange={(state) => onChange({ state: state ?? undefined })}
        options={ALARM_STATES.map((value) => ({ value, label: word('alarmState', value) }))}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('alarms.filter.severity')}
        placeholder={t('alarms.filter.severity')}
        value={filter.severity ?? null}
        onChange={(severity) => onChange({ severity: severity ?? undefined })}
        options={SEVERITIES.map((value) => ({ value, label: word('severity', value) }))}
      />
      {filter.rule ? <FilterChip text={filter.rule} onRemove={() => onChange({ rule: undefined })} /> : null}
      {filter.subject ? (
        <FilterChip text={filter.subject} onRemove={() => onChange({ subject: undefined })} />
      ) : null}
    </>
  )
}

function AlarmBulk({ selection, onDone }: { readonly selection: Selection; readonly onDone: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const acknowledge = useMutation({
    mutationFn: () =>
      write<{ acknowledged: number }>('POST', `${ALARMS}/acknowledge`, { ids: selection.ids }),
    onError: fail,
    onSuccess: ({ acknowledged }) => {
      void message.success(t('alarms.acknowledged', { n: acknowledged }))
      selection.clear()
      onDone()
    },
  })
  return (
    <Popconfirm
      title={t('alarms.acknowledgeHint')}
      okText={t('alarms.acknowledge')}
      cancelText={t('common.cancel')}
      onConfirm={() => acknowledge.mutate()}
    >
      <Button type="primary" loading={acknowledge.isPending}>
        {t('alarms.acknowledge')}
      </Button>
    </Popconfirm>
  )
}

function useAlarmColumns(): readonly ListColumn<Alarm>[] {
  const { t, pick, roughly } = useWording()
  const target = useTargetWords()
  return useMemo(() => {
    const column = (
      key: string,
      width: number,
      render: ListColumn<Alarm>['render'],
      more: Partial<ListColumn<Alarm>> = {},
    ): ListColumn<Alarm> => ({
      key,
      title: t(`alarms.col.${key}` as 'alarms.col.state'),
      width,
      render,
      ...more,
    })
    const lasts = (row: Alarm) =>
      roughly(
        Math.max(0, ((row.resolvedAt ? epochMs(row.resolvedAt) : nowMs()) - epochMs(row.openedAt)) / 1000),
      )
    return [
      column('severity', 84, (row) => <CodeTag family="severity" code={row.severity} dot />, {
        pinned: true,
      }),
      column('words', 330, (row) => (
        <span title={pick(row.words)}>
          <b>{pick(row.title)}</b> <span className="hf-faint">{pick(row.words)}</span>
        </span>
      )),
      column('subject', 112, (row) => <span title={target(row)}>{target(row)}</span>),
      column('state', 84, (row) => <CodeTag family="alarmState" code={row.state} />),
      column('openedAt', 98, (row) => <TimeText at={row.openedAt} />),
      column('lasts', 72, (row) => <span className="hf-num">{lasts(row)}</span>),
      column('times', 56, (row) => <span className="hf-num">{row.times}</span>, {
        align: 'right',
        hidden: true,
      }),
      column('by', 80, (row) => row.acknowledgedBy ?? (row.resolvedBy === 'hub' ? '' : row.resolvedBy)),
    ]
  }, [t, pick, roughly, target])
}
