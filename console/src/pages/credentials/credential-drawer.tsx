import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, DatePicker, Drawer, Form, Input, Select, Table } from 'antd'
import type { Dayjs } from 'dayjs'
import { write } from '#/api/client.ts'
import type { Credential, CredentialRefusal, CredentialTerm } from '#/api/credential-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { CredentialTag, LeftTime } from './credential-parts.tsx'

/** One connection: what it lives by, who refused, how renewing went, and what may be done. */
export function CredentialDrawer({
  one,
  onClose,
  onChanged,
}: {
  readonly one: Credential
  readonly onClose: () => void
  readonly onChanged: () => void
}) {
  const { t } = useWording()
  return (
    <Drawer
      open
      size={720}
      className="hf-drawer"
      onClose={onClose}
      title={one.name}
      extra={<CredentialTag one={one} />}
    >
      <Actions one={one} onChanged={onChanged} />
      <Section title={t('credentials.section.terms')}>
        <Terms one={one} onChanged={onChanged} />
      </Section>
      <Section title={t('credentials.section.refusals')}>
        <Refusals rows={one.refusals} />
      </Section>
      <Section title={t('credentials.section.refresh')}>
        <Renewal one={one} />
      </Section>
    </Drawer>
  )
}

function Actions({ one, onChanged }: { readonly one: Credential; readonly onChanged: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refusal = useRefusalText()
  const may = useCan()('connections:write')
  const test = useMutation({
    mutationFn: () =>
      write<{ ok: boolean; words: string; code?: string }>(
        'POST',
        `/api/connections/${encodeURIComponent(one.id)}/test`,
        {},
      ),
    onError: fail,
    onSuccess: (answer) => {
      if (answer.ok) void message.success(`${t('credentials.tested')} ${answer.words}`)
      else void message.error(refusal(answer.code ?? '', answer.words))
      window.setTimeout(onChanged, 2_500)
    },
  })
  const refresh = useMutation({
    mutationFn: () => write('POST', `/api/credentials/${encodeURIComponent(one.id)}/refresh`, {}),
    onError: fail,
    onSuccess: () => {
      void message.success(t('credentials.refreshed'))
    },
    onSettled: onChanged,
  })
  return (
    <div className="hf-page-actions" style={{ marginBottom: 12 }}>
      {may && one.canTest ? (
        <Button type="primary" loading={test.isPending} onClick={() => test.mutate()}>
          {t('credentials.test')}
        </Button>
      ) : null}
      {may && one.canRefresh ? (
        <Button loading={refresh.isPending} onClick={() => refresh.mutate()}>
          {t('credentials.refresh')}
        </Button>
      ) : null}
      <Link to="/connections" search={{ open: one.id }}>
        <Button>{t('credentials.open')}</Button>
      </Link>
    </div>
  )
}

type TermValues = { readonly field?: string; readonly day?: Dayjs | null; readonly note?: string }

function Terms({ one, onChanged }: { readonly one: Credential; readonly onChanged: () => void }) {
  const { t, language } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const may = useCan()('connections:write')
  const [form] = Form.useForm<TermValues>()
  const save = useMutation({
    mutationFn: (body: { field: string; expiresAt: string | null; note?: string }) =>
      write('PUT', `/api/credentials/${encodeURIComponent(one.id)}/terms`, body),
    onError: fail,
    onSuccess: () => {
      void message.success(t('credentials.term.saved'))
      form.resetFields()
      onChanged()
    },
  })
  return (
    <>
      <Table<CredentialTerm>
        size="small"
        rowKey="field"
        dataSource={[...one.terms]}
        pagination={false}
        locale={{ emptyText: t('credentials.term.none') }}
        columns={[
          {
            title: t('credentials.term.what'),
            render: (_, row) => <span title={row.note}>{language === 'zh' ? row.what.zh : row.what.en}</span>,
          },
          { title: t('credentials.term.ends'), render: (_, row) => <FullTime at={row.expiresAt} /> },
          { title: t('credentials.col.left'), align: 'right', render: (_, row) => <LeftTime term={row} /> },
          {
            title: t('credentials.term.source'),
            render: (_, row) => (
              <span style={{ display: 'inline-flex', gap: 4 }}>
                {t(`credentials.source.${row.source}`)}
                {row.renewable ? <Tag tone="good">{t('credentials.renewable')}</Tag> : null}
              </span>
            ),
          },
          {
            title: '',
            render: (_, row) =>
              may && row.source === 'hand' ? (
                <Button
                  size="small"
                  type="text"
                  onClick={() => save.mutate({ field: row.field, expiresAt: null })}
                >
                  {t('credentials.term.drop')}
                </Button>
              ) : null,
          },
        ]}
      />
      {may && one.fields.length > 0 ? (
        <Form<TermValues>
          form={form}
          layout="inline"
          style={{ marginTop: 12, rowGap: 8 }}
          onFinish={({ field, day, note }) => {
            if (field && day) save.mutate({ field, expiresAt: day.format('YYYY-MM-DD'), note: note ?? '' })
          }}
        >
          <Form.Item name="field" rules={[{ required: true, message: '' }]}>
            <Select
              style={{ width: 180 }}
              placeholder={t('credentials.term.field')}
              aria-label={t('credentials.term.field')}
              options={one.fields.map((field) => ({
                value: field.name,
                label: language === 'zh' ? field.zh : field.en,
              }))}
            />
          </Form.Item>
          <Form.Item name="day" rules={[{ required: true, message: '' }]}>
            <DatePicker placeholder={t('credentials.term.day')} aria-label={t('credentials.term.day')} />
          </Form.Item>
          <Form.Item name="note">
            <Input maxLength={300} style={{ width: 150 }} placeholder={t('credentials.term.note')} />
          </Form.Item>
          <Button htmlType="submit" loading={save.isPending}>
            {t('credentials.term.add')}
          </Button>
        </Form>
      ) : null}
    </>
  )
}

function Refusals({ rows }: { readonly rows: readonly CredentialRefusal[] }) {
  const { t } = useWording()
  return (
    <Table<CredentialRefusal>
      size="small"
      rowKey={(row) => `${row.side} ${row.trouble} ${row.call}`}
      dataSource={[...rows]}
      pagination={false}
      locale={{ emptyText: t('credentials.ref.none') }}
      columns={[
        { title: t('credentials.ref.side'), render: (_, row) => t(`credentials.side.${row.side}`) },
        {
          title: t('credentials.ref.trouble'),
          render: (_, row) => (
            <>
              {t(`credentials.trouble.${row.trouble}`)}{' '}
              <Tag tone={row.stands ? 'bad' : 'muted'}>
                {t(row.stands ? 'credentials.ref.stands' : 'credentials.ref.healed')}
              </Tag>
            </>
          ),
        },
        {
          title: t('credentials.ref.code'),
          render: (_, row) => (
            <span title={row.call}>
              <code>{row.code}</code> <span className="hf-faint">{row.detail}</span>
            </span>
          ),
        },
        {
          title: t('credentials.ref.times'),
          align: 'right',
          render: (_, row) => <span className="hf-num">{row.times}</span>,
        },
        { title: t('credentials.ref.last'), render: (_, row) => <TimeText at={row.lastAt} /> },
      ]}
    />
  )
}

function Renewal({ one }: { readonly one: Credential }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  if (!one.canRefresh) return <p className="hf-faint">{t('credentials.refresh.none')}</p>
  if (one.refresh === null) return <p className="hf-faint">{t('credentials.refresh.never')}</p>
  return (
    <p>
      {one.refresh.at ? (
        <>
          {t('credentials.refresh.at')} <FullTime at={one.refresh.at} />
        </>
      ) : (
        t('credentials.refresh.never')
      )}
      {one.refresh.failures > 0 ? (
        <span className="hf-text-bad">
          {' '}
          {t('credentials.refresh.failed', { count: one.refresh.failures })}{' '}
          {refusal(one.refresh.code ?? '', one.refresh.detail ?? '')}
        </span>
      ) : null}
    </p>
  )
}
