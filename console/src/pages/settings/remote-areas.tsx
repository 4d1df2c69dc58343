import { EnvironmentOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Checkbox, Input, Modal, Popconfirm, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { REMOTE_AREAS, type RemoteArea } from '#/api/freight-types.ts'
import { ProblemError } from '#/api/problem.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Section, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const KEY = ['remote-areas']
const TONES = { remote: 'wait', hmt: 'move', mainland: 'neutral' } as const

export function RemoteAreas() {
  const { t } = useWording()
  const can = useCan()
  const [importing, setImporting] = useState(false)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      (await get<{ items: readonly RemoteArea[] }>(REMOTE_AREAS, {}, signal)).items,
  })
  const may = can('rules:write')
  const open = may ? (
    <Button onClick={() => setImporting(true)}>{t('freight.areas.import')}</Button>
  ) : undefined
  return (
    <Section title={t('freight.areas.title')} extra={open}>
      <p className="hf-faint hf-freight-lead">{t('freight.areas.lead')}</p>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {data?.length === 0 ? (
        <TeachingEmpty
          icon={<EnvironmentOutlined />}
          title={t('freight.areas.empty.title')}
          hint={t('freight.areas.empty.hint')}
        >
          {open}
        </TeachingEmpty>
      ) : (
        <AreaTable areas={data ?? []} isPending={isPending} may={may} />
      )}
      {importing ? <ImportAreas onClose={() => setImporting(false)} /> : null}
    </Section>
  )
}

type TableProps = {
  readonly areas: readonly RemoteArea[]
  readonly isPending: boolean
  readonly may: boolean
}

function AreaTable({ areas, isPending, may }: TableProps) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const remove = useMutation({
    mutationFn: (area: RemoteArea) => write('DELETE', `${REMOTE_AREAS}/${area.id}`),
    onError: fail,
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
  return (
    <Table<RemoteArea>
      size="small"
      rowKey="id"
      loading={isPending}
      pagination={areas.length > 50 ? { pageSize: 50, showSizeChanger: false } : false}
      dataSource={[...areas]}
      columns={[
        { title: t('freight.areas.place'), key: 'place', width: 240, render: (_, area) => placeOf(area) },
        {
          title: t('freight.areas.class'),
          key: 'class',
          width: 160,
          render: (_, area) => <Tag tone={TONES[area.class]}>{t(`freight.class.${area.class}`)}</Tag>,
        },
        { title: t('freight.areas.note'), key: 'note', dataIndex: 'note' },
        {
          title: t('freight.areas.changed'),
          key: 'changed',
          width: 150,
          render: (_, area) => <TimeText at={area.updatedAt} />,
        },
        {
          title: '',
          key: 'actions',
          width: 90,
          render: (_, area) =>
            may ? (
              <Popconfirm
                title={t('freight.areas.removeConfirm', { place: placeOf(area) })}
                okText={t('freight.areas.remove')}
                cancelText={t('common.cancel')}
                onConfirm={() => remove.mutate(area)}
              >
                <Button size="small" danger>
                  {t('freight.areas.remove')}
                </Button>
              </Popconfirm>
            ) : null,
        },
      ]}
    />
  )
}

function placeOf({ province, city, district }: RemoteArea): string {
  return [province, city, district].filter((part) => part !== '').join(' ')
}

function ImportAreas({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWording()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [text, setText] = useState('')
  const [replaces, setReplaces] = useState(false)
  const take = useMutation({
    mutationFn: () => write<{ saved: number }>('POST', `${REMOTE_AREAS}/import`, { text, replaces }),
    onError: (error) => {
      if (wrongLinesOf(error).length === 0) fail(error)
    },
    onSuccess: ({ saved }) => {
      void message.success(t('freight.areas.imported', { n: saved }))
      void client.invalidateQueries({ queryKey: KEY })
      onClose()
    },
  })
  const wrong = wrongLinesOf(take.error)
  return (
    <Modal
      open
      title={t('freight.areas.import')}
      okText={t('freight.areas.import')}
      cancelText={t('common.cancel')}
      confirmLoading={take.isPending}
      okButtonProps={{ disabled: text.trim() === '' }}
      onOk={() => take.mutate()}
      onCancel={onClose}
    >
      <p>{t('freight.areas.importHint')}</p>
      <pre className="hf-faint">{'新疆, 偏远\n四川 甘孜州, 偏远, 乡镇加收\n海南 海口市, 普通'}</pre>
      <Input.TextArea
        rows={8}
        value={text}
        aria-label={t('freight.areas.import')}
        onChange={(event) => setText(event.target.value)}
      />
      <p className="hf-freight-lead">
        <Checkbox checked={replaces} onChange={(event) => setReplaces(event.target.checked)}>
          {t('freight.areas.replaces')}
        </Checkbox>
      </p>
      {wrong.length === 0 ? null : (
        <Alert
          type="error"
          showIcon
          title={t('freight.areas.wrongLines')}
          description={
            <ul>
              {wrong.slice(0, 10).map((one) => (
                <li key={one.line}>{t('freight.areas.line', { n: one.line, text: one.text })}</li>
              ))}
            </ul>
          }
        />
      )}
    </Modal>
  )
}

type WrongLine = { readonly line: number; readonly text: string }

function wrongLinesOf(error: unknown): readonly WrongLine[] {
  if (!(error instanceof ProblemError) || error.problem.code !== 'freight.areas_invalid') return []
  return (error.problem.data as { lines?: readonly WrongLine[] } | undefined)?.lines ?? []
}
