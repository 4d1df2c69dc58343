import { SearchOutlined } from '@ant-design/icons'
import { Input } from 'antd'
import { useState } from 'react'
import { CAPABILITIES, type Connector, ROLES_OF_SYSTEMS } from '#/api/intake-types.ts'
import { useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'

/** Every system that can be connected, by role, with what it can do. */
export function Catalogue({ onPick }: { readonly onPick: (kind: string) => void }) {
  const { t, word } = useWording()
  const connectors = useConnectors()
  const [q, setQ] = useState('')
  const wanted = q.trim().toLowerCase()
  const found = connectors.filter(({ kind, zh, en }) =>
    [kind, zh, en].some((text) => text.toLowerCase().includes(wanted)),
  )
  return (
    <div className="hf-order">
      <Input
        autoFocus
        allowClear
        prefix={<SearchOutlined aria-hidden="true" />}
        aria-label={t('catalogue.search')}
        placeholder={t('catalogue.search')}
        value={q}
        onChange={(event) => setQ(event.target.value)}
        onPressEnter={() => {
          const [only] = found
          if (only && found.length === 1) onPick(only.kind)
        }}
      />
      {found.length === 0 ? (
        <TeachingEmpty title={t('catalogue.none')} hint={t('catalogue.noneHint')} />
      ) : null}
      {ROLES_OF_SYSTEMS.map((role) => {
        const members = found.filter((one) => one.role === role)
        if (members.length === 0) return null
        return (
          <section key={role} aria-label={word('systemRole', role)}>
            <h3 className="hf-small-head">{word('systemRole', role)}</h3>
            <ul className="hf-catalogue">
              {members.map((connector) => (
                <li key={connector.kind}>
                  <CatalogueCard connector={connector} onPick={onPick} />
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </div>
  )
}

function CatalogueCard({
  connector,
  onPick,
}: {
  readonly connector: Connector
  readonly onPick: (kind: string) => void
}) {
  const { pick, word } = useWording()
  const able = CAPABILITIES.filter((one) => connector.capabilities[one])
  return (
    <button type="button" className="hf-way" onClick={() => onPick(connector.kind)}>
      <b>{pick(connector)}</b>
      <span className="hf-tags hf-tags-wrap">
        {(able.length > 0 ? able : ['none']).map((one) => (
          <Tag key={one} tone="neutral">
            {word('capability', one)}
          </Tag>
        ))}
      </span>
    </button>
  )
}
