import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Checkbox, Drawer, Modal, Progress, Skeleton, Space, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import type { LookBackCause, LookBackOrder, LookBackRun } from '#/api/reship-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { causeWords } from './cause-words.ts'
import { RunOrders } from './run-orders.tsx'

export const ACTIVE: readonly string[] = ['reading', 'weighing', 'applying']
type Effects = LookBackRun['effects']

/** One run: its causes, the orders that would change, and what applying would newly do. */
export function RunDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const wording = useWording()
  const { t, count } = wording
  const toast = useProblemToast()
  const client = useQueryClient()
  const [chosen, setChosen] = useState<readonly LookBackOrder[]>([])
  const [cause, setCause] = useState<string | null>(null)
  const [asking, setAsking] = useState<{ orders: readonly LookBackOrder[] | null; effects: Effects } | null>(
    null,
  )
  const { data, error, refetch } = useQuery({
    queryKey: ['look-back', id],
    queryFn: () => get<{ run: LookBackRun; causes: readonly LookBackCause[] }>(`/api/look-back/${id}`),
    refetchInterval: (query) => (ACTIVE.includes(query.state.data?.run.state ?? '') ? 1_000 : false),
  })
  const change = useMutation({
    mutationFn: ({ path, body }: { path: string; body: object | undefined }) =>
      write<LookBackRun>('POST', `/api/look-back/${id}/${path}`, body),
    onSuccess: () => {
      setAsking(null)
      setChosen([])
      void client.invalidateQueries({ queryKey: ['look-back', id] })
      void client.invalidateQueries({ queryKey: ['list', '/api/look-back'] })
    },
    onError: toast,
  })
  const run = data?.run
  return (
    <Drawer open size={1040} title={run?.reason ?? t('lookBack.title')} onClose={onClose}>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!run ? (
        <Skeleton active />
      ) : (
        <>
          <RunFacts run={run} />
          <Space wrap style={{ margin: '12px 0' }}>
            {run.state === 'ready' ? (
              <>
                <Button type="primary" onClick={() => setAsking({ orders: null, effects: run.effects })}>
                  {t('lookBack.apply')}
                </Button>
                <Button
                  disabled={chosen.length === 0}
                  onClick={() => setAsking({ orders: chosen, effects: effectsOf(chosen) })}
                >
                  {t('lookBack.applyChosen', { n: chosen.length })}
                </Button>
              </>
            ) : null}
            {run.state === 'failed' ? (
              <Button
                type="primary"
                loading={change.isPending}
                onClick={() => change.mutate({ path: 'resume', body: undefined })}
              >
                {t('lookBack.resume')}
              </Button>
            ) : null}
            {ACTIVE.includes(run.state) || run.state === 'failed' ? (
              <Button danger onClick={() => change.mutate({ path: 'cancel', body: undefined })}>
                {t('lookBack.cancel')}
              </Button>
            ) : null}
            <Button href={`/api/look-back/${id}/export?format=xlsx`}>{t('lookBack.xlsx')}</Button>
            <Button href={`/api/look-back/${id}/export?format=csv`}>{t('lookBack.csv')}</Button>
          </Space>
          <Section title={t('lookBack.causes')}>
            <Table<LookBackCause>
              size="small"
              pagination={false}
              rowKey={(row) => `${row.connection} ${row.cause}`}
              dataSource={[...data.causes]}
              locale={{ emptyText: t('lookBack.noCauses') }}
              rowSelection={{
                type: 'radio',
                selectedRowKeys: data.causes
                  .filter((row) => row.cause === cause)
                  .map((row) => `${row.connection} ${row.cause}`),
                onChange: (_keys, rows) => setCause(rows[0]?.cause ?? null),
              }}
              columns={[
                { title: t('lookBack.cause'), render: (_, row) => causeWords(wording, row.cause) },
                { title: t('lookBack.connections'), dataIndex: 'connection' },
                { title: t('lookBack.count'), align: 'right', render: (_, row) => count(row.differences) },
                { title: t('lookBack.messages'), align: 'right', render: (_, row) => count(row.messages) },
                { title: t('lookBack.sample'), dataIndex: 'sample' },
              ]}
            />
            {cause === null ? null : (
              <Button type="link" onClick={() => setCause(null)}>
                {t('lookBack.allCauses')}
              </Button>
            )}
          </Section>
          <RunOrders
            key={run.state}
            id={id}
            state={run.state}
            cause={cause}
            chosen={chosen}
            onChoose={setChosen}
          />
        </>
      )}
      {asking === null ? null : (
        <ApplyDialog
          {...asking}
          pending={change.isPending}
          onClose={() => setAsking(null)}
          onApply={() =>
            change.mutate({
              path: 'apply',
              body: {
                ...(asking.orders === null ? {} : { orders: asking.orders.map((row) => row.orderId) }),
                accept: asking.effects,
              },
            })
          }
        />
      )}
    </Drawer>
  )
}

function RunFacts({ run }: { readonly run: LookBackRun }) {
  const { t, count } = useWording()
  const tone = run.state === 'applied' ? 'good' : run.state === 'failed' ? 'bad' : 'neutral'
  const percent = run.total === 0 ? 0 : Math.floor((run.messages / run.total) * 100)
  return (
    <>
      {run.error === null ? null : (
        <Alert type="error" showIcon title={t('lookBack.failedBecause', { error: run.error })} />
      )}
      {ACTIVE.includes(run.state) ? (
        <Progress percent={percent} status="active" aria-label={t('lookBack.progress')} />
      ) : null}
      <Facts
        items={[
          [
            t('lookBack.state'),
            <Tag key="s" tone={tone}>
              {t(`lookBack.s.${run.state}`)}
            </Tag>,
          ],
          [t('lookBack.connections'), run.connections.join(' ')],
          [t('lookBack.progress'), `${count(run.messages)} / ${count(run.total)}`],
          [t('lookBack.changed'), count(run.changedMessages)],
          [t('lookBack.orders'), count(run.orders)],
          [t('lookBack.effects'), t('lookBack.effectsText', run.effects)],
          [
            t('lookBack.appliedText'),
            run.staleMessages === 0
              ? count(run.appliedMessages)
              : t('lookBack.stale', { n: count(run.appliedMessages), stale: count(run.staleMessages) }),
          ],
          ...(run.unreadable.length === 0
            ? []
            : [
                [
                  t('lookBack.unreadable'),
                  run.unreadable.map(({ code, count: n }) => `${code} ×${count(n)}`).join(' '),
                ] as const,
              ]),
          ...(run.unknownCodes.length === 0
            ? []
            : [[t('lookBack.unknown'), run.unknownCodes.slice(0, 20).join(' ')] as const]),
        ]}
      />
    </>
  )
}

/** What applying newly does to the world is accepted by its figures, one tick for each; where there is nothing, none is asked. */
function ApplyDialog({
  orders,
  effects,
  pending,
  onClose,
  onApply,
}: {
  readonly orders: readonly LookBackOrder[] | null
  readonly effects: Effects
  readonly pending: boolean
  readonly onClose: () => void
  readonly onApply: () => void
}) {
  const { t, count } = useWording()
  const [reports, setReports] = useState(effects.reports === 0)
  const [reships, setReships] = useState(effects.reships === 0)
  return (
    <Modal
      open
      title={orders === null ? t('lookBack.apply') : t('lookBack.applyChosen', { n: orders.length })}
      okText={t('lookBack.applyNow')}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: !reports || !reships, loading: pending }}
      onOk={onApply}
      onCancel={onClose}
    >
      <p>{t('lookBack.applyLead')}</p>
      {effects.reports === 0 && effects.reships === 0 ? <p>{t('lookBack.nothingNew')}</p> : null}
      {effects.reports === 0 ? null : (
        <p>
          <Checkbox checked={reports} onChange={(event) => setReports(event.target.checked)}>
            {t('lookBack.acceptReports', { n: count(effects.reports) })}
          </Checkbox>
        </p>
      )}
      {effects.reships === 0 ? null : (
        <p>
          <Checkbox checked={reships} onChange={(event) => setReships(event.target.checked)}>
            {t('lookBack.acceptReships', { n: count(effects.reships) })}
          </Checkbox>
        </p>
      )}
    </Modal>
  )
}

function effectsOf(rows: readonly LookBackOrder[]): Effects {
  return {
    reports: rows.reduce((sum, row) => sum + row.reports.length, 0),
    reships: rows.filter((row) => row.reships.length > 0).length,
  }
}
