import { ApiOutlined, ImportOutlined, InboxOutlined, PlayCircleOutlined } from '@ant-design/icons'
import type { ReactNode } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'

/** A hub without a single order: the three ways to get one. */
export function OrdersEmpty() {
  const { t } = useWording()
  return (
    <TeachingEmpty icon={<InboxOutlined />} title={t('orders.empty.title')} hint={t('orders.empty.hint')}>
      <div className="hf-ways">
        <Way
          icon={<ApiOutlined />}
          title={t('orders.empty.connect')}
          hint={t('orders.empty.connectHint')}
          href="/connections"
        />
        <Way
          icon={<ImportOutlined />}
          title={t('orders.empty.import')}
          hint={t('orders.empty.importHint')}
          href="/imports"
        />
        <Way icon={<PlayCircleOutlined />} title={t('orders.empty.demo')} hint={t('orders.empty.demoHint')} />
      </div>
    </TeachingEmpty>
  )
}

function Way({
  icon,
  title,
  hint,
  href,
}: {
  readonly icon: ReactNode
  readonly title: string
  readonly hint: string
  readonly href?: string
}) {
  const body = (
    <>
      <span className="hf-way-icon" aria-hidden="true">
        {icon}
      </span>
      <b>{title}</b>
      <span className="hf-faint">{hint}</span>
    </>
  )
  return href ? (
    <a className="hf-way" href={href}>
      {body}
    </a>
  ) : (
    <div className="hf-way">{body}</div>
  )
}
