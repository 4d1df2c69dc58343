import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer, Input, Popconfirm, Progress, Select } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import type { LabelBatch, LabelItem, MissingGlyph, PrintTask } from '#/api/label-types.ts'
import { useCan } from '#/api/session.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { STATE_TONE, useDevices } from './use-labels.ts'

/** One batch: how far it is, what failed and the remedy, where it is printed. */
export function BatchDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t, count } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const batch = useQuery({
    queryKey: ['label-batch', id],
    queryFn: ({ signal }) => get<LabelBatch>(`/api/labels/batches/${id}`, {}, signal),
    refetchInterval: ({ state }) =>
      state.data?.state === 'ready' || state.data?.state === 'failed' ? 10_000 : 1_000,
  })
  const row = batch.data
  const refresh = () => void client.invalidateQueries()
  return (
    <Drawer open size={640} title={row?.batchNo ?? ''} onClose={onClose}>
      {batch.error ? <ProblemNotice error={batch.error} /> : null}
      {row ? (
        <>
          <div className="hf-label-figures">
            <Tag tone={STATE_TONE[row.state] ?? 'neutral'} dot>
              {t(`labels.state.${row.state}`)}
            </Tag>
            <Progress
              percent={Math.floor((100 * (row.rendered + row.failed + row.passed)) / Math.max(1, row.labels))}
              status={row.failed > 0 ? 'exception' : row.state === 'ready' ? 'success' : 'active'}
              size="small"
              aria-label={t('labels.col.labels')}
            />
          </div>
          <Facts
            items={[
              [t('labels.col.labels'), count(row.labels)],
              [t('labels.col.rendered'), count(row.rendered)],
              [t('labels.col.failed'), count(row.failed)],
              [t('labels.col.passed'), count(row.passed)],
              [t('labels.col.size'), row.size],
              [t('labels.template'), row.template ?? t('labels.templateAuto')],
              [t('labels.col.createdBy'), row.createdBy],
              [t('labels.col.createdAt'), <TimeText key="at" at={row.createdAt} />],
              ...(row.reason === null ? [] : [[t('labels.reason'), row.reason] as const]),
            ]}
          />
          {row.state === 'ready' && can('labels:print') ? (
            <BatchActions batch={row} onDone={refresh} />
          ) : null}
          {row.state === 'failed' && row.failed === 0 && can('labels:print') ? (
            <Resume id={id} onDone={refresh} />
          ) : null}
          {row.failed > 0 ? (
            <FailedLabels batch={row} mayRetry={can('labels:print')} onDone={refresh} />
          ) : null}
          <BatchTasks id={id} />
        </>
      ) : null}
    </Drawer>
  )
}

function BatchActions({ batch, onDone }: { readonly batch: LabelBatch; readonly onDone: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const devices = useDevices()
  const [device, setDevice] = useState<string | null>(batch.deviceId)
  const [byHand, setByHand] = useState('')
  const send = useMutation({
    mutationFn: () =>
      write<{ tasks: number }>('POST', `/api/labels/batches/${batch.id}/send`, { deviceId: device }),
    onError: fail,
    onSuccess: ({ tasks }) => {
      void message.success(t('labels.sent', { n: tasks }))
      onDone()
    },
  })
  const confirm = useMutation({
    mutationFn: () =>
      write<{ waybills: number }>('POST', `/api/labels/batches/${batch.id}/printed`, {
        device: byHand.trim(),
      }),
    onError: fail,
    onSuccess: ({ waybills }) => {
      void message.success(t('labels.byHandDone', { n: waybills }))
      onDone()
    },
  })
  return (
    <div className="hf-label-actions">
      {batch.rendered > 0 ? (
        <Button type="primary" href={`/api/labels/batches/${batch.id}/pdf`} target="_blank">
          {t('labels.pdf')}
        </Button>
      ) : null}
      <Select
        aria-label={t('labels.device')}
        placeholder={t('labels.device')}
        className="hf-filter"
        value={device}
        onChange={setDevice}
        options={devices.map((one) => ({ value: one.id, label: one.name }))}
      />
      <Button disabled={device === null} loading={send.isPending} onClick={() => send.mutate()}>
        {t('labels.send')}
      </Button>
      <Popconfirm
        title={t('labels.byHandHint')}
        description={
          <Input
            aria-label={t('labels.deviceCode')}
            placeholder={t('labels.deviceCode')}
            value={byHand}
            maxLength={40}
            onChange={(event) => setByHand(event.target.value)}
          />
        }
        okText={t('labels.byHand')}
        cancelText={t('common.cancel')}
        okButtonProps={{ disabled: !/^[\w.-]{1,40}$/.test(byHand.trim()) }}
        onConfirm={() => confirm.mutate()}
      >
        <Button>{t('labels.byHand')}</Button>
      </Popconfirm>
    </div>
  )
}

/** A batch whose job was cancelled or given up. */
function Resume({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const resume = useMutation({
    mutationFn: () => write<{ labels: number }>('POST', `/api/labels/batches/${id}/retry`, {}),
    onError: fail,
    onSuccess: ({ labels }) => {
      void message.success(t('labels.resumed', { n: labels }))
      onDone()
    },
  })
  return (
    <div className="hf-label-actions">
      <span>{t('labels.resumeHint')}</span>
      <Button type="primary" loading={resume.isPending} onClick={() => resume.mutate()}>
        {t('labels.resume')}
      </Button>
    </div>
  )
}

function FailedLabels({
  batch,
  mayRetry,
  onDone,
}: {
  readonly batch: LabelBatch
  readonly mayRetry: boolean
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refusalText = useRefusalText()
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({})
  const items =
    useQuery({
      queryKey: ['label-failed', batch.id, batch.failed],
      queryFn: ({ signal }) =>
        get<Page<LabelItem>>(
          `/api/labels/batches/${batch.id}/items`,
          { state: 'failed', limit: 200 },
          signal,
        ),
    }).data?.items ?? []
  const missing = new Map<string, MissingGlyph>(
    items.flatMap((item) => item.data?.missing ?? []).map((one) => [one.character, one]),
  )
  const substitutes = Object.fromEntries(
    [...missing.values()].flatMap((one) => {
      const text = chosen[one.character] ?? one.suggestion
      return text === null ? [] : [[one.character, text] as const]
    }),
  )
  const retry = useMutation({
    mutationFn: () =>
      write<{ labels: number }>('POST', `/api/labels/batches/${batch.id}/retry`, { substitutes }),
    onError: fail,
    onSuccess: ({ labels }) => {
      void message.success(t('labels.retried', { n: labels }))
      onDone()
    },
  })
  return (
    <Section title={t('labels.failedTitle')}>
      <ul className="hf-label-failed">
        {items.map((item) => (
          <li key={item.position}>
            <span className="hf-num">{item.trackingNo}</span>
            <span>{refusalText(item.code ?? '', item.detail)}</span>
          </li>
        ))}
      </ul>
      {[...missing.values()].map((one) => (
        <Input
          key={one.character}
          className="hf-label-substitute"
          prefix={t('labels.substituteFor', { c: `${one.character} ${one.codePoint}` })}
          aria-label={t('labels.substituteFor', { c: one.character })}
          maxLength={8}
          placeholder={t(
            (chosen[one.character] ?? one.suggestion) === null
              ? 'labels.substituteOpen'
              : 'labels.substituteNone',
          )}
          value={chosen[one.character] ?? one.suggestion ?? ''}
          onChange={(event) => setChosen({ ...chosen, [one.character]: event.target.value })}
        />
      ))}
      {mayRetry ? (
        <Button type="primary" loading={retry.isPending} onClick={() => retry.mutate()}>
          {t('labels.retry')}
        </Button>
      ) : null}
    </Section>
  )
}

function BatchTasks({ id }: { readonly id: string }) {
  const { t } = useWording()
  const tasks =
    useQuery({
      queryKey: ['batch-tasks', id],
      queryFn: ({ signal }) => get<Page<PrintTask>>('/api/print/tasks', { batch: id }, signal),
      refetchInterval: 5_000,
    }).data?.items ?? []
  if (tasks.length === 0) return null
  return (
    <Section title={t('labels.tab.queue')}>
      <ul className="hf-label-failed">
        {tasks.map((task) => (
          <li key={task.id}>
            <span>{task.device}</span>
            <span>
              <Tag tone={STATE_TONE[task.state] ?? 'neutral'} dot>
                {t(`labels.state.${task.state}` as 'labels.state.queued')}
              </Tag>{' '}
              {t(`labels.kind.${task.kind}` as 'labels.kind.pdf')} ×{task.labels}{' '}
              {task.deliveries > 1 ? t('labels.again', { n: task.deliveries }) : ''}{' '}
              {task.printedTimes > 1 ? t('labels.twice', { n: task.printedTimes }) : ''}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
