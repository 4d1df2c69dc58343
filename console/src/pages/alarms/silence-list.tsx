import { AudioMutedOutlined, PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Checkbox, Table } from 'antd'
import { useState } from 'react'
import type { AlarmSilence } from '#/api/alarm-types.ts'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { SilenceForm } from './silence-form.tsx'

export function SilenceList() {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [adding, setAdding] = useState(false)
  const [ended, setEnded] = useState(false)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['alarms', 'silences', ended],
    queryFn: async ({ signal }) =>
      (
        await get<{ items: readonly AlarmSilence[] }>(
          '/api/alarm-silences',
          ended ? { ended: 'true' } : {},
          signal,
        )
      ).items,
    refetchInterval: 30_000,
  })
  const end = useMutation({
    mutationFn: (one: AlarmSilence) => write('DELETE', `/api/alarm-silences/${one.id}`),
    onError: fail,
    onSuccess: () => client.invalidateQueries({ queryKey: ['alarms'] }),
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const add = can('alarms:write') ? (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t('silences.add')}
    </Button>
  ) : null
  return (
    <>
      {data?.length === 0 && !ended ? (
        <TeachingEmpty
          icon={<AudioMutedOutlined />}
          title={t('silences.empty.title')}
          hint={t('silences.empty.hint')}
        >
          {add}
          <div>
            <Button type="link" onClick={() => setEnded(true)}>
              {t('silences.showEnded')}
            </Button>
          </div>
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-section-tools">
            <Checkbox checked={ended} onChange={(event) => setEnded(event.target.checked)}>
              {t('silences.showEnded')}
            </Checkbox>
            {add}
          </div>
          <Table<AlarmSilence>
            size="small"
            rowKey="id"
            loading={isPending}
            pagination={false}
            dataSource={[...(data ?? [])]}
            columns={[
              {
                title: t('silences.rules'),
                key: 'rules',
                width: 240,
                render: (_, one) => <Patterns list={one.rules} />,
              },
              {
                title: t('silences.subjects'),
                key: 'subjects',
                width: 220,
                render: (_, one) => <Patterns list={one.subjects} />,
              },
              { title: t('silences.reason'), key: 'reason', dataIndex: 'reason' },
              {
                title: t('silences.until'),
                key: 'until',
                width: 170,
                render: (_, one) => <FullTime at={one.until} />,
              },
              { title: t('silences.by'), key: 'by', width: 110, dataIndex: 'createdBy' },
              {
                title: t('silences.state'),
                key: 'state',
                width: 90,
                render: (_, one) => (
                  <Tag tone={one.holds ? 'wait' : 'muted'}>
                    {t(one.holds ? 'silences.holds' : 'silences.over')}
                  </Tag>
                ),
              },
              {
                title: '',
                key: 'actions',
                width: 110,
                render: (_, one) =>
                  one.holds && can('alarms:write') ? (
                    <Button loading={end.isPending} onClick={() => end.mutate(one)}>
                      {t('silences.end')}
                    </Button>
                  ) : null,
              },
            ]}
          />
        </>
      )}
      {adding ? <SilenceForm onClose={() => setAdding(false)} /> : null}
    </>
  )
}

export function Patterns({ list }: { readonly list: readonly string[] }) {
  const { t } = useWording()
  if (list.length === 0) return <span className="hf-faint">{t('alarmRoutes.all')}</span>
  return (
    <span className="hf-tags hf-tags-wrap">
      {list.map((one) => (
        <Tag key={one} tone="neutral">
          <code>{one}</code>
        </Tag>
      ))}
    </span>
  )
}
