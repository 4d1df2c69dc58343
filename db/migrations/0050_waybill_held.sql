-- When its orders were last seen held: nobody is late with what may not be asked for.
alter table waybill add column held_until timestamptz;

-- Whether a person, a rule or their channel holds the orders of a plan.
create function plan_is_held(lead bigint, orders bigint[]) returns boolean language plpgsql stable as $$
begin
  return exists (select from order_plan where lead_id = lead and state = 'held')
    or exists (select from sales_order where id = any(orders) and status = 'on_hold')
    or exists (
      select from plan_hold h join order_plan p on p.order_id = h.order_id
      where p.lead_id = lead and p.state <> 'ended' and h.released_at is null);
end $$;
