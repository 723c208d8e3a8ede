create extension if not exists pg_net with schema extensions;
create extension if not exists pg_cron with schema pg_catalog;

create function public.count_things() returns bigint
language sql stable
as 'select count(*) from public.things';

create function public.name_things() returns trigger
language plpgsql
as $$
begin
  new.name := coalesce(new.name, 'a thing');
  return new;
end
$$;

create trigger name_things before insert on public.things
  for each row execute function public.name_things();

select cron.schedule('their-nightly-job', '0 3 * * *', 'select public.count_things()');
