import { Button, Input, Popconfirm } from 'antd'
import { useState } from 'react'
import type { CallbackHealth } from '#/api/callback-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { CopyButton, Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { useCallbackChange } from './callback-drawer.tsx'

/** Our address, what the platform has on record, and as what requests really come. */
export function CallbackAddress({ health }: { readonly health: CallbackHealth }) {
  const { t, ago } = useWording()
  const { address, connection } = health
  const canWrite = useCan()('connections:write')
  const path = `/api/callbacks/${encodeURIComponent(connection.id)}`
  const ask = useCallbackChange(connection.id, 'POST', `${path}/check`)
  const by = address.readBy === 'platform' ? t('callbacks.toldByPlatform') : address.readBy
  return (
    <Section
      title={t('callbacks.address')}
      extra={
        canWrite && address.canAsk ? (
          <Button size="small" loading={ask.isPending} onClick={() => ask.mutate(undefined)}>
            {t('callbacks.ask')}
          </Button>
        ) : null
      }
    >
      <dl className="hf-addresses">
        <dt>{t('callbacks.ours')}</dt>
        <dd>
          <code>{address.ours}</code>
          <CopyButton text={address.ours ?? ''} label={t('common.copy')} />
        </dd>
        <dt>{t('callbacks.registered')}</dt>
        <dd>
          {address.registered.length === 0 ? (
            <span className="hf-faint">
              {t(address.canAsk ? 'callbacks.noneTold' : 'callbacks.noneTyped')}
            </span>
          ) : null}
          {address.registered.map((url) => (
            <div key={url}>
              <code>{url}</code>{' '}
              {url === address.worst && address.match !== null && address.match !== 'same' ? (
                <Tag tone="bad">{t(`callbacks.match.${address.match}`)}</Tag>
              ) : (
                <Tag tone="good">{t('callbacks.match.same')}</Tag>
              )}
            </div>
          ))}
          {address.readAt ? (
            <div className="hf-faint">
              {t('callbacks.readAt', { by: by ?? '', t: ago(address.readAt) })}
              {address.readProblem ? ` · ${address.readProblem}` : ''}
            </div>
          ) : address.readProblem ? (
            <div className="hf-faint">{address.readProblem}</div>
          ) : null}
          {canWrite ? <TypeAddress health={health} path={path} /> : null}
        </dd>
        <dt>{t('callbacks.observed')}</dt>
        <dd>
          {address.observed.length === 0 ? (
            <span className="hf-faint">{t('callbacks.noneObserved')}</span>
          ) : null}
          {address.observed.map(({ origin, count, match }) => (
            <div key={origin}>
              <code>{origin}</code> <span className="hf-num hf-faint">× {count}</span>{' '}
              {match === null || match === 'same' ? null : (
                <Tag tone="bad">{t(`callbacks.match.${match}`)}</Tag>
              )}
            </div>
          ))}
        </dd>
      </dl>
    </Section>
  )
}

function TypeAddress({ health, path }: { readonly health: CallbackHealth; readonly path: string }) {
  const { t } = useWording()
  const [text, setText] = useState('')
  const change = useCallbackChange(health.connection.id, 'PUT', path)
  const save = () =>
    change.mutate(
      { registeredUrls: text.trim() === '' ? [] : [text.trim()] },
      { onSuccess: () => setText('') },
    )
  return (
    <Popconfirm
      icon={null}
      title={t('callbacks.typeTitle')}
      description={
        <Input
          value={text}
          placeholder="https://"
          aria-label={t('callbacks.typeTitle')}
          onChange={(event) => setText(event.target.value)}
        />
      }
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      onConfirm={save}
    >
      <Button size="small" type="link" loading={change.isPending}>
        {t('callbacks.type')}
      </Button>
    </Popconfirm>
  )
}
