-- Nothing is left to remember.

drop schema puppet_before_adoption cascade;
