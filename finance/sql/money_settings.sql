-- The school's settings for money: keys of tenants.settings that the money's office may write, an admin or a
-- bursar, who changes nothing else of the school. A key of null goes away; others stay as they are.
--
-- SECURITY DEFINER because of that: the policies of tenants are the admins'. A procedure, because no
-- expression inside a query can call one. Relied on by finance.services.settings.

create or replace procedure app.set_money_settings(changed jsonb)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    keys constant text[] := array['currency', 'bank_details', 'payment_days', 'payment_methods', 'tax_number',
                                  'tax_name', 'tax_percent', 'invoice_note', 'invoice_numbers',
                                  'credit_note_numbers', 'reminders'];
    wrong text := (select min(k) from jsonb_object_keys(changed) k where k <> all (keys));
begin
    perform app.refuse_stranger('tenants', app.tenant_id(), 'money_office');
    if wrong is not null then
        raise exception '% is no setting for money.', wrong
            using errcode = 'insufficient_privilege', table = 'tenants', column = 'settings',
                  constraint = 'tenants_money_settings';
    end if;
    update tenants t
       set settings = (case when jsonb_typeof(t.settings) = 'object' then t.settings else '{}' end || changed)
                      - array(select k.key from jsonb_each(changed) k where jsonb_typeof(k.value) = 'null')
     where t.id = app.tenant_id();
end
$$;
revoke execute on procedure app.set_money_settings from public;
grant execute on procedure app.set_money_settings to school_app, school_admin, school_bursar;
