import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, InputNumber, Select, Skeleton } from 'antd'
import { get, write } from '#/api/client.ts'
import { sessionQuery, useCan } from '#/api/session.ts'
import type { HubSettings, HubStatus } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { Processes } from './processes.tsx'

const ZONES = Intl.supportedValuesOf('timeZone')

export function HubSection() {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => get<HubSettings>('/api/settings', {}, signal),
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active />
  return (
    <>
      <Section title={t('settings.tab.hub')}>
        <HubForm settings={data} />
      </Section>
      <Section title={t('hub.status')}>
        <Status />
      </Section>
      <Section title={t('process.title')}>
        <ProcessList />
      </Section>
    </>
  )
}

function HubForm({ settings }: { readonly settings: HubSettings }) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const save = useMutation({
    mutationFn: (change: Partial<HubSettings>) => write('PATCH', '/api/settings', change),
    onError: fail,
    onSuccess: () => {
      void message.success(t('common.saved'))
      void client.invalidateQueries({ queryKey: ['settings'] })
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey })
    },
  })
  const may = can('admin')
  const { zone, rawMessageDays, locale } = settings
  return (
    <Form
      layout="vertical"
      className="hf-form"
      disabled={!may}
      initialValues={{ zone, rawMessageDays, locale }}
      onFinish={(change) => save.mutate(change)}
    >
      <Form.Item name="zone" label={t('hub.zone')} extra={t('hub.zoneHint')}>
        <Select
          showSearch
          aria-label={t('hub.zone')}
          options={[...new Set([zone, ...ZONES])].map((value) => ({ value, label: value }))}
        />
      </Form.Item>
      <Form.Item name="rawMessageDays" label={t('hub.rawDays')} extra={t('hub.rawDaysHint')}>
        <InputNumber min={1} max={3650} precision={0} aria-label={t('hub.rawDays')} />
      </Form.Item>
      <Form.Item name="locale" label={t('hub.locale')}>
        <Select
          aria-label={t('hub.locale')}
          options={[
            { value: 'zh-CN', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
        />
      </Form.Item>
      {may ? (
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('common.save')}
        </Button>
      ) : (
        <p className="hf-faint">{t('hub.needAdmin')}</p>
      )}
    </Form>
  )
}

function Status() {
  const { t, word, duration, count } = useWording()
  const { data, error } = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => get<HubStatus>('/api/status', {}, signal),
    refetchInterval: 10_000,
  })
  if (error) return <ProblemNotice error={error} />
  if (!data) return <Skeleton active />
  const { database, inbox } = data
  const outbox = Object.entries(data.outbox ?? {})
    .filter(([, n]) => typeof n === 'number')
    .map(([state, n]) => `${word('intent', state)} ${count(n)}`)
    .join(t('common.and'))
  const stockWords = ({ engine, state, cluster, seconds }: HubStatus['stock']): string => {
    const name = cluster ? 'Redis Cluster' : 'Redis'
    if (engine !== 'redis') return t('hub.stockPlain')
    if (state === 'ready') return t('hub.stockReady', { name })
    return state === 'away'
      ? t('hub.stockAway', { name, seconds: count(seconds) })
      : t('hub.stockBuilding', { name })
  }
  return (
    <Facts
      items={[
        [t('hub.version'), data.version],
        [t('hub.uptime'), duration(data.uptimeSeconds)],
        [
          t('hub.database'),
          `${database.kind} ${database.version} · ${database.sizeBytes === null ? t('emergency.away') : sizeText(database.sizeBytes)}`,
        ],
        [
          t('hub.inbox'),
          inbox === null
            ? t('emergency.away')
            : t('hub.inboxLine', { pending: inbox.pending, parked: inbox.parked }),
        ],
        [t('hub.outbox'), outbox || t('common.none')],
        [t('hub.stock'), stockWords(data.stock)],
      ]}
    />
  )
}

function ProcessList() {
  const { t } = useWording()
  const { data, error } = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => get<HubStatus>('/api/status', {}, signal),
    refetchInterval: 5_000,
  })
  if (error) return <ProblemNotice error={error} />
  if (!data) return <Skeleton active />
  return data.processes === null ? (
    <p className="hf-faint">{t('emergency.away')}</p>
  ) : (
    <Processes processes={data.processes} />
  )
}

function sizeText(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`
}
